"""How certain a number is: bootstrap intervals and paired comparisons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs, headline
from spoofjax.evaluation.resampling import (
    resample_clusters,
    resample_utterances,
    speaker_clusters,
    utterance_clusters,
)


@dataclass(frozen=True)
class Interval:
    """A number with its percentile interval and standard error from the bootstrap."""

    value: float
    low: float
    high: float
    standard_error: float


@dataclass(frozen=True)
class Difference:
    """First system minus second, with its interval and the two-sided p-value of no difference."""

    first: float
    second: float
    difference: float
    low: float
    high: float
    p_value: float


def intervals(
    scores: ArrayLike,
    labels: ArrayLike,
    *,
    speakers: ArrayLike | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    costs: Costs = ASVSPOOF5,
) -> dict[str, Interval]:
    """Return bootstrap intervals of eer, min_dcf, act_dcf, cllr and auc.

    Utterances are resampled within their class. With `speakers` (integer codes, -1 for unknown),
    whole speakers are resampled instead. Their interval is the right one where utterances of the
    same speaker resemble each other, since these are then not independent. Raises ScoreError as
    the metrics do, and for fewer than two speakers.
    """
    scores, labels = np.asarray(scores, np.float64), np.asarray(labels)
    values = headline(scores, labels, costs)
    generator = np.random.default_rng(seed)
    if speakers is None:
        draws = resample_utterances(scores, labels, costs, resamples, generator)
    else:
        clusters = speaker_clusters(np.asarray(speakers), labels, generator)
        draws = resample_clusters([scores], labels, clusters, costs, resamples, generator)[0]
    result = {}
    for name, value in values.items():
        estimates = draws[name][np.isfinite(draws[name])]
        low, high = percentiles(estimates, level)
        result[name] = Interval(value, low, high, float(estimates.std(ddof=1)))
    return result


def compare(
    first: ArrayLike,
    second: ArrayLike,
    labels: ArrayLike,
    *,
    speakers: ArrayLike | None = None,
    resamples: int = 1000,
    level: float = 0.95,
    seed: int = 0,
    costs: Costs = ASVSPOOF5,
) -> dict[str, Difference]:
    """Compare two systems on the same utterances; each resample is drawn once for both.

    The p-value is the share of resamples whose difference is at least as far from the observed
    difference as that is from zero. Raises ScoreError as `intervals` does.
    """
    systems = [np.asarray(s, np.float64) for s in (first, second)]
    labels = np.asarray(labels)
    values = [headline(scores, labels, costs) for scores in systems]
    generator = np.random.default_rng(seed)
    if speakers is None:
        clusters = utterance_clusters(labels, generator)
    else:
        clusters = speaker_clusters(np.asarray(speakers), labels, generator)
    draws = resample_clusters(systems, labels, clusters, costs, resamples, generator)
    result = {}
    for name in values[0]:
        difference = values[0][name] - values[1][name]
        estimates = draws[0][name] - draws[1][name]
        estimates = estimates[np.isfinite(estimates)]
        low, high = percentiles(estimates, level)
        # The factor lets a difference that is equal but for rounding count as equal.
        is_as_far = np.abs(estimates - difference) >= abs(difference) * (1 - 1e-12)
        result[name] = Difference(
            first=values[0][name],
            second=values[1][name],
            difference=difference,
            low=low,
            high=high,
            p_value=float((1 + is_as_far.sum()) / (1 + len(estimates))),
        )
    return result


def to_json(values: Mapping[str, Interval | Difference]) -> dict[str, dict[str, float]]:
    """Return intervals or differences as JSON values."""
    return {name: asdict(value) for name, value in values.items()}


def percentiles(values: np.ndarray, level: float) -> tuple[float, float]:
    """Return the ends of the interval that holds the middle `level` of the values.

    Raises ScoreError for a level outside 0 to 1 and for fewer than two values.
    """
    if not 0 < level < 1:
        raise ScoreError(f"The level of an interval must lie between 0 and 1, not be {level}.")
    if len(values) < 2:
        raise ScoreError("Nearly every resample lacks a class, because there are too few speakers.")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
