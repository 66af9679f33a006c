"""What the deletion tests of many explanations say together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.evaluation.bootstrap import Interval, percentiles

FEWEST = 2


@dataclass(frozen=True)
class DeletionStudy:
    """How deleting what explanations mark compares with deleting random regions."""

    utterances: int
    marked: float
    """Mean movement of the score towards the other class by the marked cells."""
    random: float
    """The same by random regions."""
    difference: Interval
    """The first less the second, with its interval over utterances."""
    passed: float
    """The share of utterances whose marked cells move the score more than every random region."""


def deletion_study(
    moved: Sequence[float],
    random: Sequence[Sequence[float]],
    *,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> DeletionStudy:
    """Compare deletions of marked cells with those of random regions over utterances.

    `moved` (utterances,) is how far the score moves without the marked cells, `random`
    (utterances, regions) without each random region. The interval is the percentile interval of a
    bootstrap over utterances. Raises ScoreError for fewer than two utterances, other shapes and
    values that are not finite.
    """
    marked = np.asarray(moved, np.float64)
    regions = np.asarray(random, np.float64)
    if marked.ndim != 1 or regions.ndim != 2 or len(marked) != len(regions) or not regions.size:
        raise ScoreError(
            f"Deletions of shape {marked.shape} and random ones of shape {regions.shape} do not "
            "fit: give (utterances,) and (utterances, regions)."
        )
    if len(marked) < FEWEST:
        raise ScoreError("An interval over utterances needs at least two utterances.")
    if not (np.isfinite(marked).all() and np.isfinite(regions).all()):
        raise ScoreError("Some deletions gave a score that is not finite.")
    differences = marked - regions.mean(axis=1)
    generator = np.random.default_rng(seed)
    draws = generator.integers(len(marked), size=(resamples, len(marked)))
    means = differences[draws].mean(axis=1)
    low, high = percentiles(means, level)
    return DeletionStudy(
        len(marked),
        float(marked.mean()),
        float(regions.mean()),
        Interval(float(differences.mean()), low, high, float(means.std(ddof=1))),
        float((marked > regions.max(axis=1)).mean()),
    )
