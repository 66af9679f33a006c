"""From raw scores to log-likelihood ratios, to probabilities, to decisions that follow from costs.

An LLR is the natural logarithm of how much likelier the evidence is under bona fide than under
spoof. Given a prior it yields a probability; given costs as well, a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.isotonic import Hull
from spoofjax.evaluation.logistic import minimise_cross_entropy, sigmoid
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs
from spoofjax.evaluation.ranked import Ranked, split_classes

FEW = 10
"""With fewer errors than this in either class a fitted scale is called uncertain."""
SMALL = 100
"""So few trials of a class are the reason for it, rather than scores that hardly overlap."""
SEPARABLE = 0.02
"""Scores of which a smaller share than this is on the wrong side are nearly separable."""


@dataclass(frozen=True)
class Affine:
    """llr = scores @ scale + offset, for one system or several at once.

    `trials` and `errors` count, for (bona fide, spoof), the fitted trials and those on the wrong
    side of llr 0. `warnings` are reasons to distrust the fit.
    """

    scale: tuple[float, ...]
    offset: float
    prior: float
    trials: tuple[int, int]
    errors: tuple[int, int]
    warnings: tuple[str, ...] = ()

    def __call__(self, scores: ArrayLike) -> np.ndarray:
        """Return float64 (utterances,) LLRs of (utterances,) or (utterances, systems) scores."""
        values = np.asarray(scores, np.float64)
        columns = values[:, None] if values.ndim == 1 else values
        if columns.ndim != 2 or columns.shape[1] != len(self.scale):
            raise ScoreError(
                f"This calibration maps {len(self.scale)} systems; the scores have shape "
                f"{values.shape}."
            )
        return columns @ np.array(self.scale) + self.offset

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {key: list(v) if isinstance(v, tuple) else v for key, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Affine:
        """Read back what to_json wrote. Raises ScoreError where fields are missing or unknown."""
        fields: dict[str, Any] = {
            key: tuple(v) if isinstance(v, list) else v for key, v in values.items()
        }
        try:
            return cls(**fields)
        except TypeError as error:
            raise ScoreError(f"This is not an affine calibration: {error}.") from error


def fit(
    scores: ArrayLike,
    labels: ArrayLike,
    *,
    prior: float | None = None,
    regularisation: float = 0.01,
) -> Affine:
    """Fit an affine calibration, or a fusion where scores are (utterances, systems).

    Prior-weighted logistic regression (Brummer and du Preez, 2006) by Newton's method: both classes
    are weighted to `prior` (of bona fide; by default that of the ASVspoof 5 costs, 0.655), whatever
    their numbers. `regularisation` is the precision of a Gaussian prior on the standardised scales;
    it keeps them finite on separable scores. Raises ScoreError as the metrics do.
    """
    values, labels = np.asarray(scores, np.float64), np.asarray(labels)
    columns = values[:, None] if values.ndim == 1 else values
    if columns.ndim != 2 or len(columns) != len(labels):
        raise ScoreError(f"Scores have shape {values.shape} for {len(labels)} labels.")
    for column in columns.T:
        Ranked.of(column, labels)  # refuses an empty class, NaN and unknown labels
    prior = effective_prior(ASVSPOOF5) if prior is None else prior
    _check_probability(prior, "prior")
    with np.errstate(over="ignore"):
        centre, spread = columns.mean(axis=0), columns.std(axis=0)
    if not np.isfinite(spread).all():
        raise ScoreError("The scores are too large for their spread to be computed; divide them.")
    # A system whose scores are all the same, to rounding, gets the scale 0.
    spread[spread <= 1e-12 * np.abs(columns).max(axis=0)] = np.inf
    design = np.column_stack([(columns - centre) / spread, np.ones(len(columns))])
    penalty = np.full(design.shape[1], regularisation / len(labels))
    penalty[-1] = 0.0  # the offset is free
    weights = minimise_cross_entropy(design, labels, prior, log_odds(prior), penalty)
    scale = weights[:-1] / spread
    offset = float(weights[-1] - centre @ scale)
    bonafide, spoof = split_classes(columns @ scale + offset, labels)
    errors = (int((bonafide < 0).sum()), int((spoof >= 0).sum()))
    return Affine(
        scale=tuple(scale.tolist()),
        offset=offset,
        prior=float(prior),
        trials=(len(bonafide), len(spoof)),
        errors=errors,
        warnings=tuple(_warnings(scale, bonafide, spoof, errors)),
    )


def _warnings(
    scale: np.ndarray, bonafide: np.ndarray, spoof: np.ndarray, errors: tuple[int, int]
) -> list[str]:
    """Return reasons to distrust a fit, for people."""
    warnings = []
    if not scale.any():
        warnings.append(
            "All scores are the same, so every LLR is the same and carries no evidence."
        )
    elif min(errors) < FEW:
        warnings.append(_few_errors(bonafide, spoof, errors))
    if len(scale) == 1 and scale[0] < 0:
        warnings.append(
            "Higher scores turned out less bona fide: is the sign of the scores reversed?"
        )
    return warnings


def _few_errors(bonafide: np.ndarray, spoof: np.ndarray, errors: tuple[int, int]) -> str:
    """Return why a scale is uncertain: too few trials, or too easy ones."""
    trials = (len(bonafide), len(spoof))
    is_separated = bonafide.min() > spoof.max()
    if min(trials) < SMALL or all(e >= SEPARABLE * n for e, n in zip(errors, trials, strict=True)):
        counts = f"{trials[0]:,} bona fide and {trials[1]:,} spoof trials"
        text = (
            "which the scores separate perfectly"
            if is_separated
            else f"of which {errors[0]} and {errors[1]} are on the wrong side"
        )
        return (
            f"Small: fitted on {counts}, {text}. So few leave the scale uncertain: fit on more "
            "data before trusting the size of an LLR."
        )
    if is_separated:
        return (
            "The scores separate the classes perfectly, so only the regularisation bounds their "
            "scale: fit on harder data before trusting the size of an LLR."
        )
    return (
        f"Nearly separable: only {errors[0]} of {trials[0]:,} bona fide and {errors[1]} of "
        f"{trials[1]:,} spoof trials are on the wrong side. So few leave the scale uncertain: fit "
        "on harder data before trusting the size of an LLR."
    )


@dataclass(frozen=True)
class Isotonic:
    """A monotone step function from scores to LLRs.

    It is meant for analysis: it fits its own data best, and other data worse than an affine map.
    """

    score: np.ndarray
    llr: np.ndarray

    def __call__(self, scores: ArrayLike) -> np.ndarray:
        """Return float64 LLRs; a score below all blocks gets that of the lowest block."""
        at = np.searchsorted(self.score, np.asarray(scores, np.float64), side="right") - 1
        return self.llr[np.maximum(at, 0)]


def fit_isotonic(scores: ArrayLike, labels: ArrayLike) -> Isotonic:
    """Fit by pool adjacent violators.

    Blocks of one class count half a trial of the other, which keeps the outer LLRs finite. Raises
    ScoreError as the metrics do.
    """
    hull = Hull.of(Ranked.of(scores, labels))
    bonafide, spoof = np.maximum(hull.bonafide, 0.5), np.maximum(hull.spoof, 0.5)
    llr = np.log(bonafide / hull.bonafide.sum()) - np.log(spoof / hull.spoof.sum())
    return Isotonic(hull.score, np.maximum.accumulate(llr))


def correct_prior(logit: ArrayLike, bonafide: float, spoof: float) -> np.ndarray:
    """Return LLRs of a model's logits: logit - ln(bonafide / spoof).

    `bonafide` and `spoof` are the numbers or shares of draws of each class in training, multiplied
    by the class's weight in the loss. With balanced sampling they are equal and nothing changes.
    """
    if not (bonafide > 0 and spoof > 0):
        raise ScoreError(f"{bonafide} draws of bona fide and {spoof} of spoof give no prior.")
    return np.asarray(logit, np.float64) - (np.log(bonafide) - np.log(spoof))


def p_spoof(llr: ArrayLike, prior_bonafide: float = 0.5) -> np.ndarray:
    """Return the probability of spoof, 1 / (1 + exp(llr + logit(prior_bonafide)))."""
    _check_probability(prior_bonafide, "prior of bona fide")
    return sigmoid(-(np.asarray(llr, np.float64) + log_odds(prior_bonafide)))


def decide(
    llr: ArrayLike, costs: Costs = ASVSPOOF5, abstain_cost: float | None = None
) -> np.ndarray:
    """Return 'bonafide', 'spoof' or, with an abstain cost, 'unknown' for each LLR.

    This is the decision of least expected cost; where costs are equal, 'bonafide'.
    """
    llr = np.asarray(llr, np.float64)
    low, high = (costs.threshold,) * 2
    if abstain_cost is not None:
        low, high = abstain_band(costs, abstain_cost)
    return np.where(llr >= high, "bonafide", np.where(llr < low, "spoof", "unknown"))


def abstain_band(costs: Costs, abstain_cost: float) -> tuple[float, float]:
    """Return (low, high): abstaining is cheapest for low <= llr < high (Chow, 1970).

    Where abstaining costs so much that it never pays, both are the decision threshold.
    """
    if not abstain_cost > 0:
        raise ScoreError(f"The cost of abstaining must be positive, not {abstain_cost}.")
    if abstain_cost >= costs.miss * costs.false_alarm / (costs.miss + costs.false_alarm):
        return costs.threshold, costs.threshold
    bias = log_odds(1 - costs.p_spoof)
    low = log_odds(abstain_cost / costs.miss) - bias
    return low, log_odds(1 - abstain_cost / costs.false_alarm) - bias


def effective_prior(costs: Costs) -> float:
    """Return the prior of bona fide that leads to the same decisions at equal costs of errors."""
    return float(sigmoid(-costs.threshold))


def log_odds(probability: float) -> float:
    """Return ln(p / (1 - p))."""
    return float(np.log(probability) - np.log1p(-probability))


def _check_probability(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ScoreError(f"The {name} must lie between 0 and 1, not be {value}.")
