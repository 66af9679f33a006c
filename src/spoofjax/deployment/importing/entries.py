"""Where each array of a network comes from in a file of torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Entry:
    """One array of a network and the tensors that it is the sum of."""

    ours: str
    """Name in the network, as models.arrays.flatten gives it."""
    theirs: tuple[str, ...]
    """Names in the file."""
    axes: tuple[int, ...] = ()
    """The axes of the tensor in the order of the network; empty where the order is the same."""
    is_column: bool = False
    """Whether the tensor is (n, 1) where the network has (n,)."""
    is_repeated: bool = False
    """Whether the tensor is (1,) where the network has (n,), all of them equal."""

    def shape_in_file(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape that the tensors must have for an array of `shape` in the network."""
        if self.is_repeated:
            return (1,)
        if self.is_column:
            return (*shape, 1)
        return tuple(shape[self.axes.index(k)] for k in range(len(shape))) if self.axes else shape

    def convert(self, tensors: Iterable[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
        """Return the float32 array of the network, which has `shape`."""
        total = np.sum([np.asarray(tensor, np.float32) for tensor in tensors], axis=0)
        if self.is_repeated:
            total = np.broadcast_to(total, shape)
        if self.is_column:
            total = total[:, 0]
        return np.ascontiguousarray(total.transpose(self.axes) if self.axes else total)


def dense(ours: str, theirs: str) -> list[Entry]:
    """Return the entries of a torch.nn.Linear."""
    return [Entry(f"{ours}/kernel", (f"{theirs}.weight",), (1, 0)), _bias(ours, theirs)]


def convolution(ours: str, theirs: str, axes: int = 2) -> list[Entry]:
    """Return the entries of a torch.nn.Conv1d or Conv2d, whose `axes` is 1 or 2."""
    order = (*range(2, 2 + axes), 1, 0)
    return [Entry(f"{ours}/kernel", (f"{theirs}.weight",), order), _bias(ours, theirs)]


def norm(ours: str, theirs: str, *, affine: bool = True) -> list[Entry]:
    """Return the entries of a torch.nn.BatchNorm1d or BatchNorm2d."""
    names = {"mean": "running_mean", "variance": "running_var"}
    if affine:
        names |= {"scale": "weight", "bias": "bias"}
    return [Entry(f"{ours}/{a}", (f"{theirs}.{b}",)) for a, b in names.items()]


def lstm(ours: str, theirs: str, layer: int = 0, *, suffix: str = "") -> list[Entry]:
    """Return the entries of one direction of one layer of a torch.nn.LSTM."""
    end = f"l{layer}{suffix}"
    return [
        Entry(f"{ours}/kernel", (f"{theirs}.weight_ih_{end}",), (1, 0)),
        Entry(f"{ours}/recurrent", (f"{theirs}.weight_hh_{end}",), (1, 0)),
        # torch has two vectors that are added up.
        Entry(f"{ours}/bias", (f"{theirs}.bias_ih_{end}", f"{theirs}.bias_hh_{end}")),
    ]


def gru(ours: str, theirs: str, layer: int) -> list[Entry]:
    """Return the entries of one layer of a torch.nn.GRU."""
    return [
        Entry(f"{ours}/kernel", (f"{theirs}.weight_ih_l{layer}",), (1, 0)),
        Entry(f"{ours}/recurrent", (f"{theirs}.weight_hh_l{layer}",), (1, 0)),
        Entry(f"{ours}/bias", (f"{theirs}.bias_ih_l{layer}",)),
        Entry(f"{ours}/recurrent_bias", (f"{theirs}.bias_hh_l{layer}",)),
    ]


def column(ours: str, theirs: str) -> Entry:
    """Return the entry of a vector that the file holds as a matrix of one column."""
    return Entry(ours, (theirs,), is_column=True)


def same(ours: str, theirs: str) -> Entry:
    """Return the entry of a tensor that stays as it is."""
    return Entry(ours, (theirs,))


def _bias(ours: str, theirs: str) -> Entry:
    return Entry(f"{ours}/bias", (f"{theirs}.bias",))
