"""A countermeasure in front of speaker verification: the tandem detection cost function (t-DCF).

The scores of speaker verification (ASV) may come from any system, for target, nontarget and spoof
trials. The countermeasure (CM) is judged by what it adds to that system, which works at its
equal-error threshold.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.ranked import Ranked
from spoofjax.evaluation.tables import numbers, read_trials

TRIALS = ("target", "nontarget", "spoof")


@dataclass(frozen=True)
class TandemCosts:
    """Priors and costs of ASVspoof 2021 and 5, for the revised t-DCF and for the a-DCF."""

    p_target: float = 0.9405
    p_nontarget: float = 0.0095
    p_spoof: float = 0.05
    miss: float = 1.0
    false_alarm: float = 10.0
    false_alarm_spoof: float = 10.0

    def __post_init__(self):
        _check_priors(self.p_target, self.p_nontarget, self.p_spoof)


@dataclass(frozen=True)
class LegacyCosts:
    """Priors and costs of the t-DCF of ASVspoof 2019."""

    p_target: float = 0.9405
    p_nontarget: float = 0.0095
    p_spoof: float = 0.05
    miss_asv: float = 1.0
    false_alarm_asv: float = 10.0
    miss_cm: float = 1.0
    false_alarm_cm: float = 10.0

    def __post_init__(self):
        _check_priors(self.p_target, self.p_nontarget, self.p_spoof)


@dataclass(frozen=True)
class AsvRates:
    """Error rates of a speaker verification system at its threshold, as fractions."""

    miss: float
    false_alarm: float
    false_alarm_spoof: float


ASVSPOOF5_ASV = AsvRates(0.01880141010575793, 0.01881016557566423, 0.4607082907604729)
"""The error rates of the organisers' system, which the t-DCF of ASVspoof 5, track 2, assumes."""


@dataclass(frozen=True, eq=False)
class AsvScores:
    """Scores of target, nontarget and spoof trials, float64; higher for the claimed speaker."""

    target: np.ndarray
    nontarget: np.ndarray
    spoof: np.ndarray

    def __post_init__(self):
        for name in TRIALS:
            values = np.asarray(getattr(self, name), np.float64)
            object.__setattr__(self, name, values)
            if not len(values):
                raise ScoreError(f"There is no {name} trial among the ASV scores.")
            if not np.isfinite(values).all():
                raise ScoreError(f"An ASV score of a {name} trial is NaN or infinite.")

    def equal_error(self) -> tuple[float, float]:
        """Return EER (a fraction) and threshold of target against nontarget trials."""
        point = Ranked(self.target, self.nontarget).equal_error()
        return (point.frr + point.far) / 2, point.threshold

    def rates(self, threshold: float) -> AsvRates:
        """Return the error rates of accepting at score >= threshold."""
        return AsvRates(
            miss=float(np.mean(self.target < threshold)),
            false_alarm=float(np.mean(self.nontarget >= threshold)),
            false_alarm_spoof=float(np.mean(self.spoof >= threshold)),
        )


def read_asv_scores(path: str | Path) -> AsvScores:
    """Read an ASV score file of 2019: three fields, source (bonafide or attack), trial, score.

    Only the last two fields are read, so files with more fields before them work as well. Raises
    ScoreError with file and line.
    """
    table = read_trials(path)
    if table.width < 2:
        raise ScoreError(f"{table.line(0)}: one field; expected source, trial type and score.")
    scores, trials = numbers(table, -1), table.column(-2)
    wrong = next((row for row, trial in enumerate(trials) if trial not in TRIALS), None)
    if wrong is not None:
        raise ScoreError(
            f"{table.line(wrong)}: {trials[wrong]!r} is not target, nontarget or spoof."
        )
    kinds = np.array(trials)
    return AsvScores(*(scores[kinds == name] for name in TRIALS))


def legacy_tdcf(
    bonafide: ArrayLike, spoof: ArrayLike, asv: AsvRates, costs: LegacyCosts | None = None
) -> float:
    """Return the minimum normalised t-DCF of ASVspoof 2019 (Kinnunen et al., 2018).

    Papers on 2019 LA report this one. Raises ScoreError for hard decisions (fewer than three
    different scores), and where the ASV rates are so high that a weight is not positive.
    """
    costs = costs or LegacyCosts()
    miss = costs.p_target * (costs.miss_cm - costs.miss_asv * asv.miss)
    miss -= costs.p_nontarget * costs.false_alarm_asv * asv.false_alarm
    alarm = costs.false_alarm_cm * costs.p_spoof * asv.false_alarm_spoof
    ranked = _soft(bonafide, spoof)
    _check_weights(miss, alarm)
    least = min(miss, alarm)
    return ranked.least_cost(miss / least, alarm / least)[0]


def revised_tdcf(
    bonafide: ArrayLike, spoof: ArrayLike, asv: AsvRates, costs: TandemCosts | None = None
) -> float:
    """Return the minimum normalised t-DCF of ASVspoof 2021 and 5 (Kinnunen et al., 2020).

    This is the ASV-constrained form. It counts the errors of the ASV system as well, so a perfect
    countermeasure does not reach 0 but `tdcf_floor`. Raises ScoreError as `legacy_tdcf` does.
    """
    fixed, miss, alarm = _revised_weights(asv, costs or TandemCosts())
    ranked = _soft(bonafide, spoof)
    return (fixed + ranked.least_cost(miss, alarm)[0]) / (fixed + min(miss, alarm))


def tdcf_floor(asv: AsvRates, costs: TandemCosts | None = None) -> float:
    """Return the revised t-DCF of a perfect countermeasure before this ASV system."""
    fixed, miss, alarm = _revised_weights(asv, costs or TandemCosts())
    return fixed / (fixed + min(miss, alarm))


def tandem(bonafide: ArrayLike, spoof: ArrayLike, asv: AsvScores) -> dict[str, Any]:
    """Return both t-DCFs and the ASV operating point as JSON values; rates are fractions.

    The ASV system works at its equal-error threshold of target against nontarget trials.
    """
    rate, threshold = asv.equal_error()
    rates = asv.rates(threshold)
    return {
        "asv_eer": rate,
        "asv_threshold": threshold,
        "asv_miss": rates.miss,
        "asv_false_alarm": rates.false_alarm,
        "asv_false_alarm_spoof": rates.false_alarm_spoof,
        "min_tdcf_legacy": legacy_tdcf(bonafide, spoof, rates),
        "min_tdcf_revised": revised_tdcf(bonafide, spoof, rates),
        "min_tdcf_revised_floor": tdcf_floor(rates),
        "target": len(asv.target),
        "nontarget": len(asv.nontarget),
        "asv_spoof": len(asv.spoof),
    }


def _revised_weights(asv: AsvRates, costs: TandemCosts) -> tuple[float, float, float]:
    fixed = costs.p_target * costs.miss * asv.miss
    fixed += costs.p_nontarget * costs.false_alarm * asv.false_alarm
    miss = costs.p_target * costs.miss - fixed
    alarm = costs.p_spoof * costs.false_alarm_spoof * asv.false_alarm_spoof
    _check_weights(miss, alarm)
    return fixed, miss, alarm


def _soft(bonafide: ArrayLike, spoof: ArrayLike) -> Ranked:
    """Rank the scores. Raises ScoreError for hard decisions, which have no minimum cost."""
    ranked = Ranked(bonafide, spoof)
    if len(np.unique(np.concatenate([ranked.bonafide, ranked.spoof]))) < 3:
        raise ScoreError(
            "The t-DCF needs scores, but these have fewer than three different values. "
            "Are they hard decisions?"
        )
    return ranked


def _check_weights(miss: float, alarm: float) -> None:
    if miss <= 0 or alarm <= 0:
        raise ScoreError(
            f"The t-DCF is undefined before this ASV system: its weights are {miss:.4g} for misses "
            f"and {alarm:.4g} for false alarms, and both must be above 0. Are the ASV scores "
            "higher for the claimed speaker?"
        )


def _check_priors(*priors: float) -> None:
    if min(priors) < 0 or abs(sum(priors) - 1) > 1e-9:
        raise ScoreError(f"The priors {priors} must be at least 0 and sum to 1.")
