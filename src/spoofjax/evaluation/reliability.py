"""How far log-likelihood ratios can be trusted: the numbers behind the calibration pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import p_spoof
from spoofjax.evaluation.isotonic import Hull
from spoofjax.evaluation.logistic import sigmoid
from spoofjax.evaluation.ranked import Ranked


@dataclass(frozen=True)
class Reliability:
    """Predicted and observed probability of bona fide, float64 (bins,), of the bins with trials."""

    predicted: np.ndarray
    observed: np.ndarray
    trials: np.ndarray


def reliability(
    llr: ArrayLike, labels: ArrayLike, prior: float = 0.5, bins: int = 15
) -> Reliability:
    """Group trials by their predicted probability of bona fide into bins of equal width.

    Both classes are weighted to `prior`, in the predicted and in the observed probabilities, so
    that the proportions of the corpus do not matter. Raises ScoreError as the metrics do.
    """
    ratios, labels = np.asarray(llr, np.float64), np.asarray(labels)
    ranked = Ranked.of(ratios, labels)
    if bins < 2:
        raise ScoreError(f"A curve needs at least 2 bins, not {bins}.")
    predicted = 1 - p_spoof(ratios, prior)
    weight = np.where(labels == 1, prior / len(ranked.bonafide), (1 - prior) / len(ranked.spoof))
    at = np.minimum((predicted * bins).astype(np.int64), bins - 1)
    total = np.bincount(at, weight, bins)
    full = np.flatnonzero(total)
    return Reliability(
        predicted=np.bincount(at, weight * predicted, bins)[full] / total[full],
        observed=np.bincount(at, weight * (labels == 1), bins)[full] / total[full],
        trials=np.bincount(at, minlength=bins)[full],
    )


@dataclass(frozen=True)
class ErrorCurves:
    """Probability of error over prior log-odds of bona fide, float64 (points,) each.

    `actual` decides by the LLRs as they are, `least` after the best monotone calibration, and
    `blind` without listening.
    """

    prior_log_odds: np.ndarray
    actual: np.ndarray
    least: np.ndarray
    blind: np.ndarray


def error_curves(llr: ArrayLike, labels: ArrayLike, prior_log_odds: ArrayLike) -> ErrorCurves:
    """Return the applied-probability-of-error curves (Brummer and du Preez, 2006).

    The area between `actual` and `least` is lost by bad calibration. Raises ScoreError as the
    metrics do.
    """
    ranked, odds = Ranked.of(llr, labels), np.asarray(prior_log_odds, np.float64)
    bonafide = sigmoid(odds)
    miss = np.searchsorted(ranked.bonafide, -odds, side="left") / len(ranked.bonafide)
    alarm = 1 - np.searchsorted(ranked.spoof, -odds, side="left") / len(ranked.spoof)
    frr, far = Hull.of(ranked).corners()
    # At each prior the best decision is the corner of the hull that the line of equal cost touches.
    costs = [bonafide * x + (1 - bonafide) * y for x, y in zip(frr, far, strict=True)]
    return ErrorCurves(
        prior_log_odds=odds,
        actual=bonafide * miss + (1 - bonafide) * alarm,
        least=np.min(costs, axis=0),
        blind=np.minimum(bonafide, 1 - bonafide),
    )
