"""The utterances that systems get most wrong."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError


def margins(scores: ArrayLike, labels: ArrayLike, threshold: float) -> np.ndarray:
    """Return float64 (utterances,): how far each score lies on the right side of the threshold.

    The unit is the standard deviation of the scores, so that margins of several systems can be
    averaged. A margin below zero is a wrong decision.
    """
    scores, labels = np.asarray(scores, np.float64), np.asarray(labels)
    return np.where(labels == 1, 1, -1) * (scores - threshold) / (scores.std() or 1.0)


def hardest(
    systems: Sequence[np.ndarray], labels: ArrayLike, number: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the hardest bona fide and the hardest spoof utterances, worst first.

    `systems` are margins of the same utterances by several systems; their mean decides. Returns at
    most `number` rows in all: half of them of each class, or more of one where the other has fewer
    than half. Raises ScoreError where lengths differ.
    """
    labels = np.asarray(labels)
    if any(len(system) != len(labels) for system in systems) or not systems:
        raise ScoreError("The hardest utterances need one margin per utterance and system.")
    mean = np.mean(systems, axis=0)
    order = np.argsort(mean, kind="stable")
    bonafide, spoof = order[labels[order] == 1], order[labels[order] == 0]
    half = max(number // 2, number - len(spoof))
    bonafide = bonafide[:half]
    return bonafide, spoof[: number - len(bonafide)]
