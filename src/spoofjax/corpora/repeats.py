"""Finding a value that occurs twice among hundreds of thousands."""

from __future__ import annotations

import numpy as np


def first_repeat(values: np.ndarray) -> int | None:
    """Return the first row whose value an earlier row has, or None; O(rows)."""
    if bool(np.all(values[1:] > values[:-1])):
        return None  # strictly increasing, as the ids of protocols often are
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
    """Return uint64 (rows,): equal for equal strings, and almost never for different ones."""
    kind = np.uint8 if values.dtype.kind == "S" else np.uint32
    letters = np.ascontiguousarray(values).view(kind).reshape(len(values), -1)
    hashes = np.zeros(len(values), np.uint64)
    for column in letters.T:
        hashes *= np.uint64(0x9E3779B97F4A7C15)
        hashes += column
    return hashes
