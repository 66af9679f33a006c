"""The metrics of spoofing detection, as the ASVspoof evaluation packages define them.

Scores are higher for bona fide. The functions take bona fide and spoof scores as arrays of any real
dtype, and raise ScoreError where a class is empty or a score is not finite, and where labels were
given in the place of a class. `Ranked` (ranked.py) saves sorting again where several metrics of one
system are computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.decisions import Decisions
from spoofjax.evaluation.isotonic import Hull
from spoofjax.evaluation.ranked import Ranked


@dataclass(frozen=True)
class Costs:
    """The costs of errors and the probability of spoofs; the default is ASVspoof 5, track 1."""

    p_spoof: float = 0.05
    """Probability of a spoof in use."""
    miss: float = 1.0
    """Cost of rejecting bona fide speech."""
    false_alarm: float = 10.0
    """Cost of accepting a spoof."""

    def __post_init__(self):
        if not (0 < self.p_spoof < 1 and self.miss > 0 and self.false_alarm > 0):
            raise ScoreError(f"{self} needs 0 < p_spoof < 1 and costs above 0.")

    @property
    def weights(self) -> tuple[float, float]:
        """Weights of FRR and FAR, divided by the lower cost of accepting or rejecting all."""
        miss, false_alarm = self.miss * (1 - self.p_spoof), self.false_alarm * self.p_spoof
        least = min(miss, false_alarm)
        return miss / least, false_alarm / least

    @property
    def threshold(self) -> float:
        """The log-likelihood ratio above which accepting costs less than rejecting."""
        miss, false_alarm = self.weights
        return math.log(false_alarm / miss)


ASVSPOOF5 = Costs()
MANY = 30
"""So many real scores of a class are not all 0 or 1 by chance."""


def det_curve(bonafide: ArrayLike, spoof: ArrayLike) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the official DET arrays (FRR, FAR, thresholds), float64 (trials + 1,).

    The first point has FRR 0 and FAR 1, at the lowest score - 0.001. Each trial is then one step;
    of equal scores, bona fide comes first. A trial is accepted where its score is above the
    threshold.
    """
    return _ranked(bonafide, spoof).det()


def eer(bonafide: ArrayLike, spoof: ArrayLike) -> tuple[float, float]:
    """Return the equal error rate (a fraction) and its threshold.

    It is the mean of FRR and FAR at the first step with the smallest |FRR - FAR|, without
    interpolation (ASVspoof 2019 to 5). Equal scores are not merged, so the EER of a constant score
    is 1.
    """
    point = _ranked(bonafide, spoof).equal_error()
    return (point.frr + point.far) / 2, point.threshold


def min_dcf(bonafide: ArrayLike, spoof: ArrayLike, costs: Costs = ASVSPOOF5) -> float:
    """Return the lowest normalised detection cost over all thresholds (ASVspoof 5, track 1)."""
    return _ranked(bonafide, spoof).least_cost(*costs.weights)[0]


def act_dcf(bonafide: ArrayLike, spoof: ArrayLike, costs: Costs = ASVSPOOF5) -> float:
    """Return the normalised detection cost at the Bayes threshold -ln(beta) of the cost model.

    Scores must be natural-log likelihood ratios; a trial is accepted at score >= threshold.
    """
    return dcf_at(_ranked(bonafide, spoof), costs.threshold, costs)


def dcf_at(ranked: Ranked, threshold: float, costs: Costs = ASVSPOOF5) -> float:
    """Return the normalised detection cost of accepting at score >= threshold."""
    miss, false_alarm = costs.weights
    frr = ranked.missed(threshold) / len(ranked.bonafide)
    return miss * frr + false_alarm * ranked.accepted(threshold) / len(ranked.spoof)


def cllr(bonafide: ArrayLike, spoof: ArrayLike) -> float:
    """Return the cost of log-likelihood ratios in bits (Brummer and du Preez, 2006, eq. 13).

    Scores must be natural-log likelihood ratios. Finite for every finite score.
    """
    return _cllr(_ranked(bonafide, spoof))


def min_cllr(bonafide: ArrayLike, spoof: ArrayLike) -> float:
    """Return the Cllr after the best monotone calibration (pool adjacent violators), in bits."""
    return Hull.of(_ranked(bonafide, spoof)).min_cllr()


def rocch_eer(bonafide: ArrayLike, spoof: ArrayLike) -> float:
    """Return the EER on the convex hull of the ROC (BOSARIS), where equal scores are one step."""
    return Hull.of(_ranked(bonafide, spoof)).eer()


def auc(bonafide: ArrayLike, spoof: ArrayLike) -> float:
    """Return the probability that bona fide scores above spoof; ties count half."""
    return _ranked(bonafide, spoof).auc()


def softplus(x: np.ndarray) -> np.ndarray:
    """Return ln(1 + e^x) without overflow: numpy's logaddexp(0, x), some six times faster."""
    return np.log1p(np.exp(-np.abs(x))) + np.maximum(x, 0)


def summary(
    scores: ArrayLike,
    labels: ArrayLike,
    *,
    threshold: float = 0.0,
    llr: ArrayLike | None = None,
    costs: Costs = ASVSPOOF5,
) -> dict[str, Any]:
    """Return all metrics of one system that are single numbers, as JSON values.

    `scores` float (utterances,) and `labels` (utterances,), 1 bona fide and 0 spoof. The accuracy
    family accepts at score >= `threshold`. act_dcf and cllr are computed from `llr` if it is given,
    otherwise from `scores`. Rates are fractions; undefined ratios (0 / 0) are None. Raises
    ScoreError for mismatched, empty or non-finite input.
    """
    ranked = Ranked.of(scores, labels)
    ratios = ranked if llr is None else Ranked.of(llr, labels)
    _, step = ranked.least_cost(*costs.weights)
    hull = Hull.of(ranked)
    return {
        "utterances": len(ranked),
        "bonafide": len(ranked.bonafide),
        "spoof": len(ranked.spoof),
        **_headline(ranked, ratios, costs),
        "min_cllr": hull.min_cllr(),
        "rocch_eer": hull.eer(),
        "eer_threshold": ranked.equal_error().threshold,
        "min_dcf_threshold": ranked.threshold(step),
        "act_dcf_threshold": costs.threshold,
        "threshold": float(threshold),
        **Decisions.at(ranked, threshold).summary(),
    }


def headline(scores: ArrayLike, labels: ArrayLike, costs: Costs = ASVSPOOF5) -> dict[str, float]:
    """Return eer, min_dcf, act_dcf, cllr and auc of one system, sorting its scores once."""
    ranked = Ranked.of(scores, labels)
    return _headline(ranked, ranked, costs)


def _ranked(bonafide: ArrayLike, spoof: ArrayLike) -> Ranked:
    """Return the ranked scores. Raises ScoreError where one of the arrays holds labels."""
    first, second = np.asarray(bonafide), np.asarray(spoof)
    ranked = Ranked(first, second)
    for labels, scores in ((first, second), (second, first)):
        if _are_labels(labels, scores):
            raise ScoreError(
                "One of the two arrays holds only 0 and 1, as many as the other has scores, so it "
                "looks like labels. Give the bona fide scores and the spoof scores, or use "
                "spoofjax.eer(labels, scores) and the like."
            )
    return ranked


def _are_labels(values: np.ndarray, scores: np.ndarray) -> bool:
    """Whether an array holds the labels of these scores: 0 and 1, and not by chance."""
    is_integer, is_real = values.dtype.kind in "biu", scores.dtype.kind == "f"
    return (
        len(values) == len(scores)
        and ((is_integer and is_real) or len(values) >= MANY)
        and bool(np.isin(values, (0, 1)).all())
        and len(np.unique(values)) == 2
        and not np.isin(scores, (0, 1)).all()
    )


def _headline(ranked: Ranked, ratios: Ranked, costs: Costs) -> dict[str, float]:
    equal = ranked.equal_error()
    return {
        "eer": (equal.frr + equal.far) / 2,
        "min_dcf": ranked.least_cost(*costs.weights)[0],
        "act_dcf": dcf_at(ratios, costs.threshold, costs),
        "cllr": _cllr(ratios),
        "auc": ranked.auc(),
    }


def _cllr(ranked: Ranked) -> float:
    misses, alarms = softplus(-ranked.bonafide).mean(), softplus(ranked.spoof).mean()
    return float(misses + alarms) / (2 * math.log(2))
