"""How sure a number is: bootstrap intervals, paired comparisons, several seeds."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.bins import Bins
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs, headline, softplus
from spoofjax.evaluation.ranked import Ranked

CHUNK = 125
"""Resamples computed at a time, for the cache's sake."""
CLUSTERS = 2048
"""Most clusters that are resampled; more are first joined at random, which leaves variances be."""
HIGHER_IS_BETTER = ("auc", "accuracy", "precision", "recall", "f1")


@dataclass(frozen=True)
class Interval:
    """A number with the bootstrap's percentile interval and standard error."""

    value: float
    low: float
    high: float
    standard_error: float


@dataclass(frozen=True)
class Difference:
    """First system minus second, with interval and two-sided p-value of no difference."""

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

    Utterances are resampled within their class; with `speakers` (integer codes, -1 for unknown)
    whole speakers are, which is honest where a speaker's utterances resemble each other. Raises
    ScoreError as the metrics do, and where there are fewer than two speakers.
    """
    scores, labels = np.asarray(scores, np.float64), np.asarray(labels)
    values = headline(scores, labels, costs)
    generator = np.random.default_rng(seed)
    if speakers is None:
        drawn = _resample_utterances(scores, labels, costs, resamples, generator)
    else:
        clusters = _speaker_clusters(np.asarray(speakers), labels, generator)
        drawn = _resample_clusters([scores], labels, clusters, costs, resamples, generator)[0]
    result = {}
    for name, value in values.items():
        found = drawn[name][np.isfinite(drawn[name])]
        low, high = _quantiles(found, level)
        result[name] = Interval(value, low, high, float(found.std(ddof=1)))
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

    The p-value is the share of resamples whose difference strays from the observed one at least
    as far as that is from zero. Raises ScoreError as `intervals`.
    """
    both = [np.asarray(s, np.float64) for s in (first, second)]
    labels = np.asarray(labels)
    values = [headline(scores, labels, costs) for scores in both]
    generator = np.random.default_rng(seed)
    if speakers is None:
        clusters = _utterance_clusters(labels, generator)
    else:
        clusters = _speaker_clusters(np.asarray(speakers), labels, generator)
    drawn = _resample_clusters(both, labels, clusters, costs, resamples, generator)
    result = {}
    for name in values[0]:
        difference = values[0][name] - values[1][name]
        strays = drawn[0][name] - drawn[1][name]
        strays = strays[np.isfinite(strays)]
        low, high = _quantiles(strays, level)
        far = np.abs(strays - difference) >= abs(difference) * (1 - 1e-12)
        result[name] = Difference(
            first=values[0][name],
            second=values[1][name],
            difference=difference,
            low=low,
            high=high,
            p_value=float((1 + far.sum()) / (1 + len(strays))),
        )
    return result


def several_seeds(runs: Sequence[Mapping[str, Any]], level: float = 0.95) -> dict[str, Any]:
    """Summarise the same metrics of runs that differ in their seed alone.

    Returns for every number that all runs have: mean, std (None for one run), median, best, worst,
    and low and high of Student's interval of the mean. Raises ScoreError without runs.
    """
    if not runs:
        raise ScoreError("There is no run to summarise.")
    shared = [
        k for k, v in runs[0].items() if _is_rate(v) and all(_is_rate(r.get(k)) for r in runs)
    ]
    return {
        "runs": len(runs),
        **{k: _over_seeds(k, [float(r[k]) for r in runs], level) for k in shared},
    }


def to_json(values: Mapping[str, Interval | Difference]) -> dict[str, dict[str, float]]:
    """Return intervals or differences as JSON values."""
    return {name: asdict(value) for name, value in values.items()}


# ------------------------------------------------------------------------ resampling
def _resample_utterances(
    scores: np.ndarray,
    labels: np.ndarray,
    costs: Costs,
    resamples: int,
    generator: np.random.Generator,
) -> dict[str, np.ndarray]:
    """Draw multinomial counts of the bins; the loss inside a bin varies by its own variance."""
    ranked = Ranked.of(scores, labels)
    bins = Bins.of(ranked, costs)
    sizes = (len(ranked.bonafide), len(ranked.spoof))
    parts = []
    for size in _chunks(resamples):
        counts = [
            generator.multinomial(n, share / n, size)
            for n, share in zip(sizes, (bins.bonafide, bins.spoof), strict=True)
        ]
        losses = np.empty((2, size))
        for index, (count, n) in enumerate(zip(counts, sizes, strict=True)):
            noise = np.sqrt(count @ bins.cost_variance[index]) * generator.standard_normal(size)
            losses[index] = (count @ bins.cost[index] + noise) / n
        parts.append(bins.metrics(counts[0], counts[1], losses))
    return _joined(parts)


@dataclass(frozen=True)
class _Clusters:
    """Which cluster each utterance is in, (utterances,); `draws` are drawn independently.

    Each draw is the range of clusters [start, stop) that one resample draws from.
    """

    of: np.ndarray
    draws: tuple[tuple[int, int], ...]

    @property
    def number(self) -> int:
        return self.draws[-1][1]


def _utterance_clusters(labels: np.ndarray, generator: np.random.Generator) -> _Clusters:
    """Put the utterances of each class at random into clusters of equal size."""
    of = np.empty(len(labels), np.int64)
    draws, start = [], 0
    for label in (1, 0):
        rows = np.flatnonzero(labels == label)
        number = min(len(rows), CLUSTERS)
        of[generator.permutation(rows)] = start + np.arange(len(rows)) % number
        draws.append((start, start + number))
        start += number
    return _Clusters(of, tuple(draws))


def _speaker_clusters(
    speakers: np.ndarray, labels: np.ndarray, generator: np.random.Generator
) -> _Clusters:
    """Make a cluster of each speaker, and of each utterance of an unknown one."""
    if speakers.shape != labels.shape:
        raise ScoreError(f"{len(speakers)} speakers are given for {len(labels)} utterances.")
    keys = np.where(speakers < 0, -1 - np.arange(len(speakers)), speakers)
    _, of = np.unique(keys, return_inverse=True)
    number = int(of.max()) + 1
    if number < 2:
        raise ScoreError("All utterances are by one speaker; resample utterances instead.")
    if number > CLUSTERS:
        of = (generator.permutation(number) % CLUSTERS)[of]
        number = CLUSTERS
    return _Clusters(of, ((0, number),))


def _resample_clusters(
    systems: Sequence[np.ndarray],
    labels: np.ndarray,
    clusters: _Clusters,
    costs: Costs,
    resamples: int,
    generator: np.random.Generator,
) -> list[dict[str, np.ndarray]]:
    """Draw clusters with replacement, the same ones for every system.

    A resample that is left without a class gives NaN.
    """
    tallies = [_Tally.of(scores, labels, clusters, costs) for scores in systems]
    parts: list[list[dict[str, np.ndarray]]] = [[] for _ in systems]
    for size in _chunks(resamples):
        weights = np.empty((size, clusters.number), np.float32)
        for start, stop in clusters.draws:
            number = stop - start
            even = np.full(number, 1 / number)
            weights[:, start:stop] = generator.multinomial(number, even, size)
        for part, tally in zip(parts, tallies, strict=True):
            part.append(tally.metrics(weights))
    return [_joined(part) for part in parts]


@dataclass(frozen=True)
class _Tally:
    """One system's trials by cluster, and the sums of their Cllr loss, (2, clusters).

    `members` are the clusters that hold trials of each class, `counts` float32 (members, bins).
    """

    bins: Bins
    members: tuple[np.ndarray, np.ndarray]
    counts: tuple[np.ndarray, np.ndarray]
    losses: np.ndarray

    @classmethod
    def of(
        cls, scores: np.ndarray, labels: np.ndarray, clusters: _Clusters, costs: Costs
    ) -> _Tally:
        bins = Bins.of(Ranked.of(scores, labels), costs)
        members, counts, losses = [], [], []
        for label, in_bin in ((1, bins.bonafide), (0, bins.spoof)):
            rows = np.flatnonzero(labels == label)
            order = rows[np.argsort(scores[rows], kind="stable")]
            cell = clusters.of[order] * len(in_bin) + np.repeat(np.arange(len(in_bin)), in_bin)
            table = np.bincount(cell, minlength=clusters.number * len(in_bin))
            # Counts below 2^24 are exact in float32, and the product is twice as fast.
            table = table.reshape(clusters.number, -1).astype(np.float32)
            members.append(np.unique(clusters.of[order]))
            counts.append(table[members[-1]])
            loss = softplus(-scores[order] if label else scores[order])
            losses.append(np.bincount(clusters.of[order], loss, clusters.number))
        return cls(bins, (members[0], members[1]), (counts[0], counts[1]), np.stack(losses))

    def metrics(self, weights: np.ndarray) -> dict[str, np.ndarray]:
        bonafide, spoof = (
            weights[:, members] @ table
            for members, table in zip(self.members, self.counts, strict=True)
        )
        totals = np.stack([bonafide.sum(axis=1), spoof.sum(axis=1)])
        broken = (totals == 0).any(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            losses = self.losses @ weights.T / totals
            found = self.bins.metrics(bonafide, spoof, losses)
        return {name: np.where(broken, np.nan, values) for name, values in found.items()}


def _chunks(resamples: int) -> Iterator[int]:
    if resamples < 2:
        raise ScoreError(f"{resamples} resamples are too few; take at least some hundreds.")
    for start in range(0, resamples, CHUNK):
        yield min(CHUNK, resamples - start)


def _joined(parts: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _quantiles(values: np.ndarray, level: float) -> tuple[float, float]:
    if not 0 < level < 1:
        raise ScoreError(f"The level of an interval must lie between 0 and 1, not be {level}.")
    if len(values) < 2:
        raise ScoreError("Nearly every resample lacks a class; there are too few speakers.")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


# ------------------------------------------------------------------------ seeds
def _over_seeds(name: str, values: list[float], level: float) -> dict[str, float | None]:
    higher = name.startswith(HIGHER_IS_BETTER) or name == "balanced_accuracy"
    mean, ordered = statistics.fmean(values), sorted(values, reverse=higher)
    summary: dict[str, float | None] = {
        "mean": mean,
        "median": statistics.median(values),
        "best": ordered[0],
        "worst": ordered[-1],
        "std": None,
        "low": None,
        "high": None,
    }
    if len(values) > 1:
        from scipy.special import stdtrit  # a quarter of a second that no run need wait for

        deviation = statistics.stdev(values)
        degrees = len(values) - 1
        reach = float(stdtrit(degrees, (1 + level) / 2)) * deviation / len(values) ** 0.5
        summary.update(std=deviation, low=mean - reach, high=mean + reach)
    return summary


def _is_rate(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
