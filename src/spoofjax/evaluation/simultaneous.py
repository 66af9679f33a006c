"""Intervals of several differences that hold all at once, from one set of resamples."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

MIDDLE = 0.68
"""The spread of an estimate is the deviation that this share of its resamples stays within."""


class Simultaneous(NamedTuple):
    """Intervals and p-values of several differences, float64 (differences,) each.

    With probability `level`, all intervals hold their true values at once. A p-value is below
    1 - level where the interval leaves out zero, up to the resolution of the resamples.
    """

    low: np.ndarray
    high: np.ndarray
    p_value: np.ndarray


def simultaneous(differences: np.ndarray, draws: np.ndarray, level: float) -> Simultaneous:
    """Return intervals around `differences` (n,) from bootstrap estimates `draws` (resamples, n).

    The largest deviation of any difference, in units of its own spread, decides how wide all
    intervals are: the single-step maximum statistic of Westfall and Young (1993) in the bootstrap
    form of Romano and Wolf (2005). Since it sees how the differences depend on each other, the
    intervals are narrower than Bonferroni's. Resamples with NaN are left out.
    """
    draws = draws[np.isfinite(draws).all(axis=1)]
    deviations = np.abs(draws - differences)
    spread = np.quantile(deviations, MIDDLE, axis=0)
    # A difference that few resamples change, such as that of nearly perfect systems.
    spread = np.where(spread > 0, spread, deviations.max(axis=0))
    varies = spread > 0  # A system never differs from itself.
    scale = np.where(varies, spread, 1.0)
    largest = (deviations / scale).max(axis=1)
    reach = np.quantile(largest, level) * spread
    # The factor lets a deviation that is equal but for rounding count as equal.
    distance = np.abs(differences) / scale * (1 - 1e-12)
    exceeding = (largest[:, None] >= distance).sum(axis=0)
    p_value = np.where(varies, (1 + exceeding) / (1 + len(largest)), 1.0)
    return Simultaneous(differences - reach, differences + reach, p_value)
