"""Smaller forms of an ONNX model. The front end keeps float32, since its logarithms need it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

LARGE = 256
"""Arrays with fewer elements than this keep their precision."""
EXACT = ("clip", "front_end")
"""Scopes of nodes and constants that keep float32."""
INTEGER_OPERATORS = ("Conv", "MatMul")


def halved(model: Any) -> bytes:
    """Return the model with its weights stored in float16; the arithmetic stays in float32."""
    from onnx import ModelProto, TensorProto, helper, numpy_helper

    small = ModelProto()
    small.CopyFrom(model)
    casts = []
    for tensor in small.graph.initializer:
        array = numpy_helper.to_array(tensor)
        if array.dtype != np.float32 or array.size < LARGE or _is_exact(tensor.name):
            continue
        name = tensor.name
        stored = f"{name}/float16"
        tensor.CopyFrom(numpy_helper.from_array(array.astype(np.float16), stored))
        casts.append(helper.make_node("Cast", [stored], [name], name=name, to=TensorProto.FLOAT))
    nodes = [*casts, *small.graph.node]
    del small.graph.node[:]
    small.graph.node.extend(nodes)
    return small.SerializeToString()


def quantized(model: Any, batches: Sequence[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """Return the model with convolutions and matrix products of 8-bit integers.

    Weights have a scale for each channel; that of the activations follows from `batches`, each
    (waveform, lengths). LSTM layers keep float32.
    """
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    nodes = [node.name for node in model.graph.node if _is_exact(node.name)]
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "model.onnx", Path(folder) / "int8.onnx"
        source.write_bytes(model.SerializeToString())
        quantize_static(
            source,
            target,
            _Reader(batches),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=list(INTEGER_OPERATORS),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_exclude=nodes,
        )
        return target.read_bytes()


def _is_exact(name: str) -> bool:
    return name.partition("/")[0] in EXACT


class _Reader:
    """Batches for the calibration of onnxruntime, one after the other."""

    def __init__(self, batches: Iterable[tuple[np.ndarray, np.ndarray]]):
        self._batches = iter(batches)

    def get_next(self) -> Mapping[str, np.ndarray] | None:
        """Return the inputs of the next batch; None at the end."""
        batch = next(self._batches, None)
        return None if batch is None else {"waveform": batch[0], "lengths": batch[1]}
