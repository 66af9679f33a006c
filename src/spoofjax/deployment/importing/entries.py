"""Where each array of a network comes from in a file of torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

Shape = tuple[int, ...]


class Entry(Protocol):
    """One array of a network and the tensors that it is made of."""

    @property
    def ours(self) -> str:
        """Name in the network, as models.arrays.flatten gives it."""
        ...

    @property
    def theirs(self) -> tuple[str, ...]:
        """Names in the file."""
        ...

    def shapes_in_file(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shapes that the tensors must have for an array of `shape` in the network."""
        ...

    def convert(self, tensors: Iterable[np.ndarray], shape: Shape) -> np.ndarray:
        """Return the float32 array of the network, which has `shape`."""
        ...


@dataclass(frozen=True)
class SumEntry:
    """An array that is one tensor, or the sum of several, with its axes in another order."""

    ours: str
    theirs: tuple[str, ...]
    axes: tuple[int, ...] = ()
    """The axes of the tensor in the order of the network; empty where the order is the same."""
    ones: tuple[int, ...] = ()
    """Axes of size one that the tensor has and the network does not."""
    is_repeated: bool = False
    """Whether the tensor is (1,) where the network has (n,), all of them equal."""

    def shapes_in_file(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shape that every tensor must have, once for each tensor."""
        if self.is_repeated:
            own = [1]
        else:
            own = [shape[self.axes.index(k)] for k in range(len(shape))] if self.axes else [*shape]
            for axis in self.ones:
                own.insert(axis, 1)
        return (tuple(own),) * len(self.theirs)

    def convert(self, tensors: Iterable[np.ndarray], shape: Shape) -> np.ndarray:
        """Return the float32 array of the network, which has `shape`."""
        total = np.sum([np.asarray(tensor, np.float32) for tensor in tensors], axis=0)
        if self.is_repeated:
            total = np.broadcast_to(total, shape)
        total = np.squeeze(total, self.ones)
        return np.ascontiguousarray(total.transpose(self.axes) if self.axes else total)


def dense(ours: str, theirs: str) -> list[Entry]:
    """Return the entries of a torch.nn.Linear."""
    return [SumEntry(f"{ours}/kernel", (f"{theirs}.weight",), (1, 0)), _bias(ours, theirs)]


def pointwise(ours: str, theirs: str, axes: int = 1) -> list[Entry]:
    """Return the entries of a dense layer that is a torch.nn.Conv1d or Conv2d of size one."""
    ones = tuple(range(2, 2 + axes))
    kernel = SumEntry(f"{ours}/kernel", (f"{theirs}.weight",), (1, 0), ones)
    return [kernel, _bias(ours, theirs)]


def convolution(
    ours: str, theirs: str, axes: int = 2, *, ones: tuple[int, ...] = ()
) -> list[Entry]:
    """Return the entries of a convolution over `axes` axes.

    It is a torch.nn.Conv1d or Conv2d. Where the published kernel has further axes of size one,
    `ones` are their places.
    """
    order = (*range(2, 2 + axes), 1, 0)
    return [SumEntry(f"{ours}/kernel", (f"{theirs}.weight",), order, ones), _bias(ours, theirs)]


def norm(ours: str, theirs: str, *, affine: bool = True) -> list[Entry]:
    """Return the entries of a torch.nn.BatchNorm1d or BatchNorm2d."""
    names = {"mean": "running_mean", "variance": "running_var"}
    if affine:
        names |= {"scale": "weight", "bias": "bias"}
    return [SumEntry(f"{ours}/{a}", (f"{theirs}.{b}",)) for a, b in names.items()]


def lstm(ours: str, theirs: str, layer: int = 0, *, suffix: str = "") -> list[Entry]:
    """Return the entries of one direction of one layer of a torch.nn.LSTM."""
    end = f"l{layer}{suffix}"
    return [
        SumEntry(f"{ours}/kernel", (f"{theirs}.weight_ih_{end}",), (1, 0)),
        SumEntry(f"{ours}/recurrent", (f"{theirs}.weight_hh_{end}",), (1, 0)),
        # torch has two vectors that are added up.
        SumEntry(f"{ours}/bias", (f"{theirs}.bias_ih_{end}", f"{theirs}.bias_hh_{end}")),
    ]


def gru(ours: str, theirs: str, layer: int) -> list[Entry]:
    """Return the entries of one layer of a torch.nn.GRU."""
    return [
        SumEntry(f"{ours}/kernel", (f"{theirs}.weight_ih_l{layer}",), (1, 0)),
        SumEntry(f"{ours}/recurrent", (f"{theirs}.weight_hh_l{layer}",), (1, 0)),
        SumEntry(f"{ours}/bias", (f"{theirs}.bias_ih_l{layer}",)),
        SumEntry(f"{ours}/recurrent_bias", (f"{theirs}.bias_hh_l{layer}",)),
    ]


def column(ours: str, theirs: str) -> Entry:
    """Return the entry of a vector that the file holds as a matrix of one column."""
    return SumEntry(ours, (theirs,), ones=(1,))


def same(ours: str, theirs: str) -> Entry:
    """Return the entry of a tensor that stays as it is."""
    return SumEntry(ours, (theirs,))


def _bias(ours: str, theirs: str) -> Entry:
    return SumEntry(f"{ours}/bias", (f"{theirs}.bias",))
