"""Tensors that are still in their file: where each one is, and how it is read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.errors import TensorError
from spoofjax.files import naming

MOST_DIMENSIONS = 32


@dataclass(frozen=True)
class StoredTensor:
    """One tensor in a file. `check` it before reading it."""

    path: Path
    name: str
    offset: int
    """Bytes from the start of the file to the first element."""
    dtype: np.dtype
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None = None
    """Steps between neighbours along each axis, in elements; None: the elements are in order."""
    is_big_endian: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def extent(self) -> int:
        """Bytes in the file from the first element of the tensor to the end of its last."""
        if 0 in self.shape or self.strides is None:
            return self.nbytes
        last = sum((n - 1) * s for n, s in zip(self.shape, self.strides, strict=True))
        return (last + 1) * self.dtype.itemsize

    def check(self, end: int, size: int) -> None:
        """Check the tensor against a file of `size` bytes, of which it may use those before `end`.

        Raises TensorError, so that nothing is allocated for a size that the file cannot have.
        """
        steps = self.strides if self.strides is not None else ()
        if len(self.shape) > MOST_DIMENSIONS or min((*self.shape, *steps, 0)) < 0:
            raise self.damage("has an impossible shape")
        if self.strides is not None and len(self.strides) != len(self.shape):
            raise self.damage("has an impossible shape")
        # Strides of 0 repeat elements; without a limit, four bytes could become a terabyte.
        if self.offset < 0 or self.offset + self.extent > min(end, size) or self.nbytes > size:
            raise self.damage("has more elements than the file holds")

    def read(self) -> np.ndarray:
        """Return the array, in the byte order of this machine. It may be a strided view."""
        data = np.empty(self.extent, np.uint8)
        with naming(self.path), self.path.open("rb") as file:
            file.seek(self.offset)
            count = file.readinto(data.data)
        if count != len(data):
            raise self.damage("ends early")
        if self.is_big_endian:
            _swap(data, self.dtype)
        if self.dtype == np.bool_:
            data = data != 0  # Other bytes than 0 and 1 are no bool for numpy.
        elements = data.view(self.dtype)
        if self.strides is None or 0 in self.shape:
            return elements.reshape(self.shape)
        steps = [step * self.dtype.itemsize for step in self.strides]
        return np.lib.stride_tricks.as_strided(elements, self.shape, steps)

    def damage(self, problem: str) -> TensorError:
        """Return the error that the file is damaged, because this tensor has a problem."""
        return TensorError(
            f"{self.path} is damaged: tensor {self.name!r} {problem}. Download or copy it again."
        )


class Tensors(Mapping[str, np.ndarray]):
    """The tensors of a file or folder by name. Each access reads an array from the disk.

    A model can therefore take the arrays one by one without holding all of them twice. `dict` of it
    holds all of them at once.
    """

    def __init__(self, stored: Mapping[str, StoredTensor]):
        self.stored = stored
        """Type, shape and place of each tensor, which are known without reading its elements."""

    def __getitem__(self, name: str) -> np.ndarray:
        return self.stored[name].read()

    def __contains__(self, name: object) -> bool:
        return name in self.stored

    def __iter__(self) -> Iterator[str]:
        return iter(self.stored)

    def __len__(self) -> int:
        return len(self.stored)


def _swap(data: np.ndarray, dtype: np.dtype) -> None:
    """Reverse the bytes of each number in place; a complex one is two numbers."""
    itemsize = dtype.itemsize // (2 if dtype.kind == "c" else 1)
    if itemsize > 1:
        data.view(f"u{itemsize}").byteswap(inplace=True)
