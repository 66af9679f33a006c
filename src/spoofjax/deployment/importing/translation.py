"""From the tensors of a file to the arrays of a network, or a list of what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.deployment.importing.entries import Entry
from spoofjax.errors import TensorError
from spoofjax.tensors.naming import shape_in

SHOWN = 20
"""Names that a message lists of each kind."""


def translate(
    path: Path,
    tensors: Mapping[str, np.ndarray],
    entries: Sequence[Entry],
    shapes: Mapping[str, Any],
    unused: Sequence[str],
) -> dict[str, np.ndarray]:
    """Return the arrays of a network by name, float32 of these `shapes`.

    `unused` are names of tensors that the published network does not use. Raises TensorError, which
    lists the tensors that are missing, that have another shape, that hold values which are not
    finite, and that no part of the network takes.
    """
    needed = {name for entry in entries for name in entry.theirs}
    problems = [
        _listed("lacks", sorted(needed - tensors.keys())),
        _listed("has a wrong shape for", _misshapen(tensors, entries, shapes)),
        _listed("has unknown tensors:", sorted(tensors.keys() - needed - set(unused))),
    ]
    if not any(problems):
        # Values are read only where all the shapes are right.
        problems = [_listed("has values that are not finite in", _not_finite(tensors, needed))]
    if any(problems):
        raise TensorError(
            f"{path} does not fit this architecture: it "
            + "; it ".join(filter(None, problems))
            + ". Check --as, or name the file that the authors published."
        )
    return {
        entry.ours: entry.convert(
            (tensors[name] for name in entry.theirs), tuple(shapes[entry.ours].shape)
        )
        for entry in entries
    }


def _misshapen(
    tensors: Mapping[str, np.ndarray], entries: Sequence[Entry], shapes: Mapping[str, Any]
) -> list[str]:
    """Return each tensor of another shape, with both shapes."""
    lines = []
    for entry in entries:
        expected = entry.shapes_in_file(tuple(shapes[entry.ours].shape))
        for name, shape in zip(entry.theirs, expected, strict=True):
            if name in tensors and tuple(shape_in(tensors, name)) != shape:
                lines.append(f"{name} ({shape_in(tensors, name)}, expected {shape})")
    return lines


def _not_finite(tensors: Mapping[str, np.ndarray], names: set[str]) -> list[str]:
    return [
        name
        for name in sorted(names)
        if not np.isfinite(np.asarray(tensors[name], np.float32)).all()
    ]


def _listed(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{what} {', '.join(names[:SHOWN])}{rest}"
