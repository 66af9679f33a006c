"""Fusion of several systems: one score for each utterance from the scores of all of them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import fit

Method = Literal["equal", "logistic"]


@dataclass(frozen=True)
class Fusion:
    """A weighted sum of scores: scores (utterances, systems) @ weights + offset."""

    weights: tuple[float, ...]
    offset: float
    method: Method

    def __call__(self, scores: np.ndarray) -> np.ndarray:
        """Return float64 (utterances,) for the scores of all systems (utterances, systems)."""
        return np.asarray(scores, np.float64) @ np.asarray(self.weights) + self.offset

    def to_json(self) -> dict[str, Any]:
        """Return the fusion as JSON values."""
        return asdict(self)


def fit_fusion(scores: np.ndarray, labels: np.ndarray, method: Method) -> Fusion:
    """Fit a fusion on the scores (utterances, systems) of dev with its labels.

    "equal" divides the scores of each system by their deviation and adds them up, so that it learns
    nothing else from dev. "logistic" fits the weights and an offset by prior-weighted logistic
    regression (Brummer and du Preez, 2006), whose result is a log-likelihood ratio. Raises
    ScoreError for fewer than two systems, and as the metrics do.
    """
    scores = np.asarray(scores, np.float64)
    if scores.ndim != 2 or scores.shape[1] < 2:
        raise ScoreError("A fusion needs the scores of at least two systems.")
    if method == "logistic":
        affine = fit(scores, labels)
        return Fusion(affine.scale, affine.offset, method)
    deviations = scores.std(axis=0)
    flat = np.flatnonzero(deviations <= 1e-12 * np.abs(scores).max(axis=0))
    if len(flat):
        raise ScoreError(f"System {flat[0] + 1} gives all utterances of dev the same score.")
    return Fusion(tuple((1 / deviations).tolist()), 0.0, method)
