"""Finding a value that occurs twice among hundreds of thousands."""

from __future__ import annotations

import numpy as np


def first_repeat(values: np.ndarray) -> int | None:
    """Return the first row whose value stood before, or None; O(rows)."""
    if bool(np.all(values[1:] > values[:-1])):
        return None  # already in order, as protocols often are
    hashes = np.sort(_hashes(values))
    if not bool(np.any(hashes[1:] == hashes[:-1])):
        return None
    seen = set()
    for row, value in enumerate(values.tolist()):
        if value in seen:
            return row
        seen.add(value)
    return None


def _hashes(values: np.ndarray) -> np.ndarray:
    """Return uint64 (rows,): the same for equal strings, and next to never for others."""
    kind = np.uint8 if values.dtype.kind == "S" else np.uint32
    letters = np.ascontiguousarray(values).view(kind).reshape(len(values), -1)
    found = np.zeros(len(values), np.uint64)
    for column in letters.T:
        found *= np.uint64(0x9E3779B97F4A7C15)
        found += column
    return found
