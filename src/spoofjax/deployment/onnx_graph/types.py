"""Element types of jax in ONNX."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from spoofjax.errors import RunError

NAMES = {
    "float32": "FLOAT",
    "bfloat16": "FLOAT",
    "float16": "FLOAT16",
    "float64": "DOUBLE",
    "int8": "INT8",
    "uint8": "UINT8",
    "int32": "INT32",
    "uint32": "UINT32",
    "int64": "INT64",
    "bool": "BOOL",
}
"""bfloat16, which few operators take, is computed in float32."""


def onnx_type(dtype: Any) -> int:
    """Return the number that ONNX gives an element type. Raises RunError for others."""
    from onnx import TensorProto

    name = np.dtype(dtype).name
    if name not in NAMES:
        raise RunError(f"This model computes with {name}, which the ONNX export does not cover.")
    return getattr(TensorProto, NAMES[name])


def declared(tensors: Iterable[tuple[str, Any]]) -> list[Any]:
    """Return the declarations of tensors, each (name, anything with a shape and a dtype)."""
    from onnx import helper

    return [
        helper.make_tensor_value_info(
            name,
            onnx_type(tensor.dtype),
            [size if isinstance(size, int) else str(size) for size in tensor.shape],
        )
        for name, tensor in tensors
    ]
