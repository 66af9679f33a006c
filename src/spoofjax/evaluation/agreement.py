"""Whether two systems err on the same utterances."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.evaluation.ranked import Ranked


@dataclass(frozen=True)
class Agreement:
    """Errors of two systems, each at its own threshold of equal error, and their correlation.

    `error_correlation` is the correlation of the two errors (0 or 1) and `score_correlation` that
    of the two scores within a class; both give the two classes the same weight. They are None where
    a system makes no error or gives a class one score only.
    """

    first: str
    second: str
    first_errors: int
    second_errors: int
    shared_errors: int
    error_correlation: float | None
    score_correlation: float | None


def agreement(
    names: tuple[str, str], first: np.ndarray, second: np.ndarray, labels: np.ndarray
) -> Agreement:
    """Compare the errors of two systems (utterances,) on the same utterances.

    An utterance is accepted at a score above the threshold, as in the official DET curve. Raises
    ScoreError as the metrics do.
    """
    labels = np.asarray(labels)
    errors = [_errors(np.asarray(scores, np.float64), labels) for scores in (first, second)]
    weight = np.where(labels == 1, 1 / (labels == 1).sum(), 1 / (labels == 0).sum()) / 2
    centred = [_centred(np.asarray(scores, np.float64), labels) for scores in (first, second)]
    return Agreement(
        *names,
        first_errors=int(errors[0].sum()),
        second_errors=int(errors[1].sum()),
        shared_errors=int((errors[0] & errors[1]).sum()),
        error_correlation=_correlation(errors[0] - weight @ errors[0], errors[1], weight),
        score_correlation=_correlation(centred[0], centred[1], weight),
    )


def _errors(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    threshold = Ranked.of(scores, labels).equal_error().threshold
    return (scores > threshold) != (labels == 1)


def _centred(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the scores less the mean of their class."""
    means = [scores[labels == label].mean() for label in (0, 1)]
    return scores - np.where(labels == 1, means[1], means[0])


def _correlation(first: np.ndarray, second: np.ndarray, weight: np.ndarray) -> float | None:
    """Return the weighted correlation of values of which the first have the mean 0."""
    second = second - weight @ second
    variances = (weight @ first**2) * (weight @ second**2)
    return float(weight @ (first * second)) / math.sqrt(variances) if variances > 0 else None
