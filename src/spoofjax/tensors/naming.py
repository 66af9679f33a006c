"""Names and shapes of the tensors of a file, without reading them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from spoofjax.tensors.stored import Tensors


class Renamed(Mapping[str, np.ndarray]):
    """Tensors under new names; `old` has the old name for each new one."""

    def __init__(self, tensors: Mapping[str, np.ndarray], old: Mapping[str, str]):
        self.tensors = tensors
        self.old = old

    def __getitem__(self, name: str) -> np.ndarray:
        return self.tensors[self.old[name]]

    def __contains__(self, name: object) -> bool:
        return name in self.old

    def __iter__(self) -> Iterator[str]:
        return iter(self.old)

    def __len__(self) -> int:
        return len(self.old)


def strip_prefix(tensors: Mapping[str, np.ndarray], prefix: str) -> Renamed:
    """Return the tensors whose names begin with `prefix`, under the names without it."""
    names = [name for name in tensors if name.startswith(prefix)]
    return Renamed(tensors, {name.removeprefix(prefix): name for name in names})


def shape_in(tensors: Mapping[str, np.ndarray], name: str) -> tuple[int, ...]:
    """Return the shape of a tensor; that of a file is known without reading the tensor."""
    if isinstance(tensors, Tensors):
        return tensors.stored[name].shape
    if isinstance(tensors, Renamed):
        return shape_in(tensors.tensors, tensors.old[name])
    return tensors[name].shape
