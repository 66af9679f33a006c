"""Weights that a new run takes over from an earlier one: what is loaded, skipped and fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from flax import nnx

from spoofjax.config import Transfer
from spoofjax.errors import ConfigError
from spoofjax.models.arrays import flatten, unflatten
from spoofjax.models.frozen import Frozen
from spoofjax.names import is_in_part

LISTED = 12
"""How many names a message lists of each kind; the file in the run folder has all."""


@dataclass(frozen=True)
class Transferred:
    """What became of the arrays of a source and of a network."""

    source: str
    loaded: tuple[str, ...]
    """Arrays of the network that come from the source."""
    skipped: Mapping[str, str]
    """Arrays of the source that the network does not take, and why."""
    fresh: tuple[str, ...]
    """Arrays of the network that start fresh."""
    frozen: tuple[str, ...]
    """Arrays of the network that are not trained although they are parameters."""

    def to_json(self) -> dict[str, Any]:
        """Return all names as JSON values."""
        return asdict(self)

    def lines(self) -> list[str]:
        """Return the summary as lines of text."""
        lines = [
            f"weights from {self.source}: {len(self.loaded)} arrays loaded, "
            f"{len(self.skipped)} skipped, {len(self.fresh)} of the network start fresh, "
            f"{len(self.frozen)} frozen"
        ]
        lines += _listed([f"skipped {name}: {why}" for name, why in self.skipped.items()])
        lines += _listed([f"fresh {name}" for name in self.fresh])
        return lines


def load_source(
    network: nnx.Module, transfer: Transfer, arrays: Mapping[str, np.ndarray]
) -> Transferred:
    """Give a network the arrays of a source that have its names and shapes.

    Arrays of the parts in `transfer.fresh` stay as they are. Floats of any precision become those
    of the network. Raises ConfigError where nothing fits, for a part in `transfer.fresh` that the
    network does not have, and for an array with NaN or infinite values.
    """
    state = nnx.state(network)
    own = flatten(state)
    for part in transfer.fresh:
        if not any(is_in_part(name, [part]) for name in own):
            raise ConfigError(f"transfer.fresh names {part!r}, which the network does not have.")
    skipped, loaded = {}, {}
    for name, value in arrays.items():
        why = _reason_against(name, value, own, transfer.fresh)
        if why:
            skipped[name] = why
        else:
            loaded[name] = _checked(name, value, transfer).astype(own[name].dtype)
    if not loaded:
        raise ConfigError(
            f"{transfer.source} holds no array that fits this model. It has "
            f"{_some(arrays)}; the model has {_some(own)}."
        )
    nnx.update(network, unflatten(loaded))
    return Transferred(
        str(transfer.source),
        tuple(sorted(loaded)),
        dict(sorted(skipped.items())),
        tuple(sorted(own.keys() - loaded.keys())),
        tuple(sorted(flatten(nnx.state(network, Frozen)))),
    )


def _reason_against(
    name: str, value: np.ndarray, own: Mapping[str, Any], fresh: Sequence[str]
) -> str:
    """Return why an array of the source is not loaded; '' if it is."""
    if name not in own:
        return "the network has no array of this name"
    if is_in_part(name, fresh):
        return "starts fresh (transfer.fresh)"
    if value.shape != own[name].shape:
        return f"has shape {value.shape}, but {own[name].shape} in the network"
    if np.issubdtype(own[name].dtype, np.floating) and value.dtype.kind not in "fV":
        return f"holds {value.dtype}, but {own[name].dtype} in the network"
    return ""


def _checked(name: str, value: np.ndarray, transfer: Transfer) -> np.ndarray:
    if not np.all(np.isfinite(value.astype(np.float32))):
        raise ConfigError(f"{transfer.source}: {name} holds NaN or infinite values.")
    return value


def _some(arrays: Mapping[str, Any]) -> str:
    names = sorted(arrays)
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")


def _listed(lines: Sequence[str]) -> list[str]:
    rest = len(lines) - LISTED
    shown = [f"  {line}" for line in lines[:LISTED]]
    return shown if rest <= 0 else [*shown, f"  and {rest} more, see the run folder"]
