"""Whether the cells that an attribution names matter more than others: the deletion test.

Source: Samek, Binder, Montavon, Lapuschkin and Müller, "Evaluating the visualization of what a deep
neural network has learned", IEEE TNNLS 2017, with random regions as the reference.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from spoofjax.deployment.explaining.regions import deleted, random_regions, smoothed
from spoofjax.deployment.explaining.scorer import Scorer, Utterance

REGIONS = 19
"""Random regions; one that is better than all of them is so by chance in one of twenty cases."""


@dataclass(frozen=True)
class Deletion:
    """How far the score moves towards the other class where cells are set to the baseline."""

    moved: float
    """By the marked cells."""
    random: tuple[float, ...]
    """By each random region of the same shape."""

    @property
    def p_value(self) -> float:
        """The share of all regions, the marked one included, that move the score as far."""
        return (1 + sum(other >= self.moved for other in self.random)) / (1 + len(self.random))

    @property
    def holds(self) -> bool:
        """Whether the marked cells move the score towards the other class more than all others."""
        return self.moved > 0 and self.p_value <= 1 / (1 + REGIONS)

    def to_json(self) -> dict[str, Any]:
        """Return the fields and what follows from them as JSON values."""
        random = [round(value, 6) for value in self.random]
        return {**asdict(self), "random": random, "p_value": self.p_value, "holds": self.holds}


def deletion_test(
    scorer: Scorer,
    utterance: Utterance,
    marked: np.ndarray,
    baseline: np.ndarray,
    score: float,
    *,
    is_bonafide: bool,
    seed: int = 0,
) -> Deletion:
    """Set the marked cells to the baseline, and then random regions of the same shape.

    `marked` is bool (frames, bands), `baseline` float32 (frames, bands), `score` that of the
    utterance, and `is_bonafide` its verdict.
    """
    regions = [marked, *random_regions(marked, REGIONS, np.random.default_rng(seed))]
    variants = [
        deleted(utterance.levels, baseline, smoothed(region, scorer.frame_seconds))
        for region in regions
    ]
    sign = 1 if is_bonafide else -1
    moved, *random = (sign * (score - scorer.scores(utterance, variants))).tolist()
    return Deletion(moved, tuple(random))
