"""The values of a program under translation: constants, or names of tensors in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Dims = tuple[Any, ...]
"""Sizes of axes: integers, or symbolic ones of jax.export."""


@dataclass(frozen=True)
class Value:
    """An array of the program."""

    data: str | np.ndarray
    """The name of a tensor, or an array that is known while the graph is built."""
    dims: Dims
    """The sizes that `data` has. An axis of size 1 may stand for a longer one over which the values
    do not change, because ONNX repeats such axes by itself."""

    @property
    def is_constant(self) -> bool:
        """Whether the array is known while the graph is built."""
        return isinstance(self.data, np.ndarray)


def constant(array: Any) -> Value:
    """Return a constant; bfloat16, which few ONNX operators take, becomes float32."""
    array = np.asarray(array)
    if array.dtype.name == "bfloat16":
        array = array.astype(np.float32)
    return Value(array, array.shape)


def is_static(shape: Sequence[Any]) -> bool:
    """Whether all sizes of a shape are integers."""
    return all(isinstance(size, int) for size in shape)


def aligned(value: Value, rank: int) -> Dims:
    """Return the sizes of a value with axes of size 1 before them, `rank` in all."""
    return (1,) * (rank - len(value.dims)) + value.dims


def broadcast(values: Sequence[Value], rank: int) -> Dims:
    """Return the sizes of the result of an elementwise operation."""
    columns = zip(*(aligned(value, rank) for value in values), strict=True)
    return tuple(next((size for size in column if not is_one(size)), 1) for column in columns)


def is_one(size: Any) -> bool:
    """Whether a size is the integer 1; a symbolic one is not."""
    return isinstance(size, int) and size == 1
