"""Attribution of a score to cells by integrated gradients, and occlusion as a check on it.

Source: Sundararajan, Taly and Yan, "Axiomatic attribution for deep networks", ICML 2017, formula 1;
Zeiler and Fergus, "Visualizing and understanding convolutional networks", ECCV 2014, for occlusion.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.deployment.explaining.regions import deleted, patches, smoothed
from spoofjax.deployment.explaining.scorer import Scorer, Utterance

STEPS = (64, 256)
"""Points of the integral, at first and where the sum is off by more than TOLERANCE."""
TOLERANCE = 0.02


class Attribution(NamedTuple):
    """What each cell adds to the score."""

    values: np.ndarray
    """float32 (frames, bands); above 0 where a cell speaks for bona fide."""
    score: float
    baseline_score: float
    """The score of the utterance, and of the baseline in its place."""
    error: float
    """How far the sum of all values is from the difference of both scores, as a share of it; NaN
    where the values are not made to add up to it."""


def integrated_gradients(scorer: Scorer, utterance: Utterance, baseline: np.ndarray) -> Attribution:
    """Attribute the score of an utterance to its cells, compared with `baseline` (frames, bands).

    The integral is a sum over the middles of 64 equal steps, or of 256 where the values would
    otherwise miss the difference of the scores by more than 2 %.
    """
    score, baseline_score = scorer.scores(utterance, [utterance.levels, baseline]).tolist()
    difference = utterance.levels.astype(np.float64) - baseline
    result = None
    for steps in STEPS:
        middles = (np.arange(steps) + 0.5) / steps
        values = difference * scorer.slopes(utterance, baseline, middles) / steps
        error = _gap(values, score - baseline_score)
        result = Attribution(values.astype(np.float32), score, baseline_score, error)
        if result.error <= TOLERANCE:
            break
    assert result is not None
    return result


def occlusion_agreement(
    scorer: Scorer, utterance: Utterance, attribution: Attribution, baseline: np.ndarray
) -> float:
    """Return how an attribution agrees with occlusion: a rank correlation, -1 to 1.

    The utterance is divided into patches. What a patch adds to the score is compared with what the
    score loses where the patch is set to `baseline` (frames, bands). NaN where either is the same
    for all patches.
    """
    masks = patches(*utterance.levels.shape)
    variants = [
        deleted(utterance.levels, baseline, smoothed(mask, scorer.frame_seconds)) for mask in masks
    ]
    losses = attribution.score - scorer.scores(utterance, variants)
    added = np.array([attribution.values[mask].sum(dtype=np.float64) for mask in masks])
    if np.ptp(added) == 0 or np.ptp(losses) == 0:
        return float("nan")
    return float(np.corrcoef(_ranks(added), _ranks(losses))[0, 1])


def _gap(values: np.ndarray, difference: float) -> float:
    return abs(float(values.sum()) - difference) / max(abs(difference), 1e-6)


def _ranks(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable")
