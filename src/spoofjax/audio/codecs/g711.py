"""G.711 by the rules of the standard: what is left of a sample after coding and decoding."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

LINE_RATE = 8000
"""Samples per second on the line."""


def round_trip(samples: np.ndarray, law: Literal["mu", "a"]) -> np.ndarray:
    """Return float32 samples in -1 .. 1, of any shape, coded and decoded by G.711."""
    steps = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767)
    return _decoded(law)[steps.astype(np.int64) + 32768]


@lru_cache(maxsize=2)
def _decoded(law: Literal["mu", "a"]) -> np.ndarray:
    """Return float32 (65536,): the decoded value of each 16-bit sample from -32768 on.

    Both laws divide magnitudes into segments of 16 equal steps, each segment twice as long as the
    one before, and decode to the middle of a step. mu-law adds 132 first.
    """
    value = np.arange(-32768, 32768)
    if law == "mu":
        magnitude = np.minimum(np.abs(value), 32635) + 132
        step = 8 << np.maximum(np.frexp(magnitude)[1] - 8, 0)
        offset = 132
    else:
        magnitude = np.where(value < 0, -value - 1, value)
        step = 16 << np.maximum(np.frexp(magnitude)[1] - 9, 0)
        offset = 0
    decoded = magnitude // step * step + step // 2 - offset
    return (np.where(value < 0, -decoded, decoded) / 32768).astype(np.float32)
