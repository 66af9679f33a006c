"""The metrics of spoofing detection for arrays of labels and scores, in this order.

Labels are 1 for bona fide and 0 for spoof; scores are higher for bona fide. Both are
one-dimensional, of one length. Exchanged arrays, NaN, a missing class and other labels raise
ScoreError, which is a ValueError too. docs/metrics.md defines the metrics and names their sources.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation import metrics as by_class
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs
from spoofjax.evaluation.ranked import split_classes


def eer(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the equal error rate, a fraction, as the ASVspoof packages compute it."""
    return by_class.eer(*_classes(labels, scores))[0]


def eer_threshold(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the score at which the equal error rate is reached."""
    return by_class.eer(*_classes(labels, scores))[1]


def min_dcf(labels: ArrayLike, scores: ArrayLike, costs: Costs = ASVSPOOF5) -> float:
    """Return the lowest normalised detection cost over all thresholds."""
    return by_class.min_dcf(*_classes(labels, scores), costs)


def act_dcf(labels: ArrayLike, llrs: ArrayLike, costs: Costs = ASVSPOOF5) -> float:
    """Return the normalised detection cost at the Bayes threshold; scores are natural-log LLRs."""
    return by_class.act_dcf(*_classes(labels, llrs), costs)


def cllr(labels: ArrayLike, llrs: ArrayLike) -> float:
    """Return the cost of natural-log likelihood ratios, in bits."""
    return by_class.cllr(*_classes(labels, llrs))


def min_cllr(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the Cllr after the best monotone calibration, in bits."""
    return by_class.min_cllr(*_classes(labels, scores))


def auc(labels: ArrayLike, scores: ArrayLike) -> float:
    """Return the probability that bona fide scores above spoof; ties count half."""
    return by_class.auc(*_classes(labels, scores))


def det_curve(labels: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the official DET arrays (FRR, FAR, thresholds), float64 (trials + 1,) each."""
    return by_class.det_curve(*_classes(labels, scores))


def metrics(
    labels: ArrayLike,
    scores: ArrayLike,
    *,
    llrs: ArrayLike | None = None,
    threshold: float = 0.0,
    costs: Costs = ASVSPOOF5,
) -> dict[str, Any]:
    """Return all metrics that are single numbers, by name, as JSON values.

    act_dcf and cllr are computed from `llrs` if they are given, otherwise from `scores`. The
    accuracy family accepts at score >= `threshold`.
    """
    bonafide, spoof = _classes(labels, scores)
    ordered = np.concatenate([bonafide, spoof])
    truth = np.repeat([1, 0], [len(bonafide), len(spoof)])
    ratios = None if llrs is None else np.concatenate(_classes(labels, llrs))
    return by_class.summary(ordered, truth, threshold=threshold, llr=ratios, costs=costs)


def _classes(labels: ArrayLike, scores: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the bona fide and the spoof scores. Raises ScoreError for unfit arrays."""
    labels, scores = np.asarray(labels), np.asarray(scores)
    if not _are_labels(labels) and _are_labels(scores):
        raise ScoreError(
            "The first array is not one of labels 0 and 1, but the second is: labels come first, "
            "as in eer(labels, scores)."
        )
    return split_classes(scores, labels)


def _are_labels(values: np.ndarray) -> bool:
    return values.dtype.kind in "biuf" and bool(np.isin(values, (0, 1)).all())
