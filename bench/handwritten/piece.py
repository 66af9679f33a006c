"""One hand-written piece, the libraries it replaces, and how they compare."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from bench.timing import Row, interleave

OURS = "spoofjax"
PAYS = 1.3
"""A piece that is not faster by at least this factor does not pay in speed."""

Call = Callable[[], Any]


@dataclass(frozen=True)
class Piece:
    """Calls that do the same work: ours, and one for each library."""

    name: str
    ours: Call
    libraries: Mapping[str, Call]
    clock: Literal["cpu", "wall"] = "cpu"
    """CPU time where everything runs on one thread, elapsed time where XLA uses all cores."""
    tolerance: float | None = None
    """Largest difference of the results, relative to the largest value; None if they are random."""
    repeats: int = 9


@dataclass(frozen=True)
class Gain:
    """The times of a piece and of its fastest library."""

    piece: Piece
    ours: Row
    library: Row
    rows: Sequence[Row]

    @property
    def by_median(self) -> float:
        return self.library.median / self.ours.median

    @property
    def by_minimum(self) -> float:
        return self.library.minimum / self.ours.minimum


def measure(piece: Piece, repeats: int) -> Gain:
    """Check that all calls agree, then time them in turn. Raises SystemExit if they disagree."""
    is_checked = piece.tolerance is not None
    if is_checked:
        check(piece)
    calls = {OURS: piece.ours, **piece.libraries}
    # The check has called everything once already.
    rows = interleave(calls, repeats, piece.clock, warm_up=0 if is_checked else 1)
    ours, *libraries = rows
    return Gain(piece, ours, min(libraries, key=lambda row: row.median), rows)


def check(piece: Piece) -> None:
    """Raise SystemExit where a library's result differs from ours by more than the tolerance."""
    expected = np.asarray(piece.ours())
    scale = np.abs(expected).max()
    for library, call in piece.libraries.items():
        difference = np.abs(np.asarray(call()) - expected).max() / scale
        if not difference <= piece.tolerance:
            raise SystemExit(f"{piece.name}: the result of {library} differs by {difference:.2g}.")
