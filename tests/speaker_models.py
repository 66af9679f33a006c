"""Tiny ONNX models in the place of speaker encoders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper

PERIODS = (80, 40)
"""Periods in samples of the tones that the encoder listens for: 200 and 400 Hz at 16 kHz."""
FRAME = 400


def write_encoder(path: Path, shape: tuple = (1, "samples")) -> Path:
    """Write an encoder whose embedding is the level of two tones; return its path.

    Frames of 400 samples are multiplied by cosines and sines, and magnitudes are averaged over all
    frames. The input has `shape`.
    """
    times = np.arange(FRAME)
    tones = [f(2 * np.pi * times / period) for period in PERIODS for f in (np.cos, np.sin)]
    constants = {
        "tones": np.stack(tones, axis=1).astype(np.float32),
        "frame": np.array([FRAME]),
        "zero": np.array([0]),
        "frames_shape": np.array([-1, FRAME]),
        "flat": np.array([-1]),
        "pairs": np.array([1, len(PERIODS), 2]),
    }
    nodes = [
        helper.make_node("Reshape", ["waveform", "flat"], ["samples"]),
        helper.make_node("Shape", ["samples"], ["count"]),
        helper.make_node("Div", ["count", "frame"], ["frames"]),
        helper.make_node("Mul", ["frames", "frame"], ["end"]),
        helper.make_node("Slice", ["samples", "zero", "end"], ["cut"]),
        helper.make_node("Reshape", ["cut", "frames_shape"], ["framed"]),
        helper.make_node("MatMul", ["framed", "tones"], ["products"]),
        helper.make_node("Abs", ["products"], ["magnitudes"]),
        helper.make_node("ReduceMean", ["magnitudes"], ["levels"], axes=[0], keepdims=1),
        helper.make_node("Reshape", ["levels", "pairs"], ["grouped"]),
        helper.make_node("ReduceSum", ["grouped", "last"], ["embedding"], keepdims=0),
    ]
    constants["last"] = np.array([2])
    return write_model(path, nodes, [("waveform", shape)], [("embedding", (1, 2))], constants)


def write_model(path: Path, nodes, inputs, outputs, constants=None) -> Path:
    """Write an ONNX model of float32 inputs and outputs, each a name and a shape."""

    def values(described):
        return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in described]

    tensors = [numpy_helper.from_array(np.asarray(v), n) for n, v in (constants or {}).items()]
    graph = helper.make_graph(nodes, "encoder", values(inputs), values(outputs), tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    checker.check_model(model)
    path.write_bytes(model.SerializeToString())
    return path
