"""Smaller forms of an ONNX model. The front end keeps float32, since its logarithms need it."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LARGE = 256
"""Arrays with fewer elements than this keep their precision."""
EXACT = frozenset(("clip", "front_end"))
"""Scopes of nodes and constants that keep float32."""
INTEGER_OPERATORS = ("Conv", "MatMul")


def halved(model: Any) -> bytes:
    """Return the model with its weights stored in float16; the arithmetic stays in float32."""
    from onnx import ModelProto, TensorProto, helper, numpy_helper

    small = ModelProto()
    small.CopyFrom(model)
    casts = []
    for tensor, array in _weights(small):
        name = tensor.name
        stored = f"{name}/float16"
        tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=name, to=TensorProto.FLOAT))
    return _with_nodes_before(small, casts)


def quantized(model: Any, batches: Sequence[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """Return the model with convolutions and matrix products of 8-bit integers.

    Weights have a scale for each channel; that of the activations follows from `batches`, each
    (waveform, lengths). LSTM layers store their weights as integers and compute in float32.
    """
    from onnx import load_from_string
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    nodes = [node.name for node in model.graph.node if _is_exact(node.name)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "model.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(model.SerializeToString())
        with _quiet():
            quantize_static(
                source,
                target,
                _reader(batches),
                quant_format=QuantFormat.QDQ,
                op_types_to_quantize=list(INTEGER_OPERATORS),
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                nodes_to_exclude=nodes,
            )
        return _with_small_lstms(load_from_string(target.read_bytes()))


def _with_small_lstms(model: Any) -> bytes:
    """Return the model with the weights of its LSTM layers as 8-bit integers, a scale a row."""
    from onnx import helper, numpy_helper

    names = {
        name for node in model.graph.node if node.op_type == "LSTM" for name in node.input[1:3]
    }
    restored = []
    for tensor, array in _weights(model):
        name = tensor.name
        if name not in names:
            continue
        (direction,) = array  # (1, 4 units, inputs)
        scale = np.maximum(np.abs(direction).max(-1), 1e-12).astype(np.float32) / 127
        integers = np.round(direction / scale[:, None]).astype(np.int8)[None]
        tensor.CopyFrom(numpy_helper.from_array(integers, f"{name}/int8"))
        model.graph.initializer.append(numpy_helper.from_array(scale, f"{name}/scale"))
        inputs = [f"{name}/int8", f"{name}/scale"]
        restored.append(helper.make_node("DequantizeLinear", inputs, [name], name=name, axis=1))
    return _with_nodes_before(model, restored)


def _weights(model: Any) -> list[tuple[Any, np.ndarray]]:
    """Return the large float32 constants of a model that need not be exact."""
    from onnx import numpy_helper

    pairs = ((tensor, numpy_helper.to_array(tensor)) for tensor in model.graph.initializer)
    return [
        (tensor, array)
        for tensor, array in pairs
        if array.dtype == np.float32 and array.size >= LARGE and not _is_exact(tensor.name)
    ]


def _with_nodes_before(model: Any, nodes: Sequence[Any]) -> bytes:
    """Return the model with more nodes before its own."""
    every = [*nodes, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(every)
    return model.SerializeToString()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep onnxruntime's advice on how to call it from the user's terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _is_exact(name: str) -> bool:
    # The members of an ensemble have front ends inside the model.
    return not EXACT.isdisjoint(name.split("/"))


def _reader(batches: Iterable[tuple[np.ndarray, np.ndarray]]) -> Any:
    """Return the batches as onnxruntime takes them, one after the other."""
    from onnxruntime.quantization import CalibrationDataReader

    remaining = iter(batches)

    class Reader(CalibrationDataReader):
        def get_next(self) -> Any:
            batch = next(remaining, None)
            return None if batch is None else {"waveform": batch[0], "lengths": batch[1]}

    return Reader()
