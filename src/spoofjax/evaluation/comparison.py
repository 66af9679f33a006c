"""Several systems compared in pairs on the same utterances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.evaluation.bootstrap import Interval, percentiles
from spoofjax.evaluation.breakdown import SPOOF_ONLY, check_groups, columns_of
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs, headline
from spoofjax.evaluation.resampling import (
    resample_clusters,
    speaker_clusters,
    utterance_clusters,
)
from spoofjax.evaluation.seeds import is_better_when_higher
from spoofjax.evaluation.simultaneous import simultaneous

FEW = 10
"""Conditions with fewer utterances than this in a class are not compared."""
Systems = Mapping[str, np.ndarray]
"""Scores by the name of the system: float (utterances,), or (seeds, utterances) for one
configuration that was trained several times."""


@dataclass(frozen=True)
class Resampling:
    """How the utterances of a comparison are resampled.

    `speakers` (integer codes, -1 for unknown) are resampled as wholes; with None, utterances are
    resampled within their class.
    """

    speakers: np.ndarray | None = None
    resamples: int = 1000
    level: float = 0.95
    seed: int = 0
    costs: Costs = ASVSPOOF5


BY_UTTERANCE = Resampling()


@dataclass(frozen=True)
class Pair:
    """The first system's metric minus the second's, with its interval and p-value.

    Both hold for all pairs of a comparison at once.
    """

    first: str
    second: str
    metric: str
    difference: float
    low: float
    high: float
    p_value: float

    @property
    def is_distinguishable(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    @property
    def winner(self) -> str:
        """The name of the better system; '' if the two cannot be distinguished."""
        if not self.is_distinguishable:
            return ""
        is_first_better = (self.difference > 0) == is_better_when_higher(self.metric)
        return self.first if is_first_better else self.second


class Comparison(NamedTuple):
    """One metric of several systems: an interval for each by its name, and their pairs."""

    systems: dict[str, Interval]
    pairs: list[Pair]


class Condition(NamedTuple):
    """A comparison on the utterances of one condition, such as an attack."""

    values: dict[str, str]
    bonafide: int
    spoof: int
    comparison: Comparison


def compare_systems(
    systems: Systems,
    labels: np.ndarray,
    metric: str = "eer",
    how: Resampling = BY_UTTERANCE,
    pairs: Sequence[tuple[str, str]] | None = None,
) -> Comparison:
    """Compare systems by a metric of `headline`: 'eer', 'min_dcf', 'act_dcf', 'cllr' or 'auc'.

    A resample is drawn once for all systems. The intervals of `pairs` (by default all) hold all at
    once, see `simultaneous`; that of a single system holds by itself. The metric of a system with
    several seeds is the mean over them. Where there are such systems, all intervals cover the seed
    as well: the variance of the metric between seeds is pooled over the systems, and a mean of n
    seeds varies by the n-th part of it, with the quantiles of Student's t. Raises ScoreError as the
    metrics do, and for speakers that cannot be resampled.
    """
    estimates = _Estimates.of(systems, labels, metric, how)
    chosen = list(pairs or combinations(systems, 2))
    return Comparison(
        estimates.intervals(how.level), _compared([estimates], chosen, metric, how)[0]
    )


def compare_by(
    systems: Systems,
    labels: np.ndarray,
    columns: Mapping[str, Column],
    group: str,
    metric: str = "eer",
    how: Resampling = BY_UTTERANCE,
) -> list[Condition]:
    """Compare systems on every condition of a group, such as 'attack' or 'attack x codec'.

    A condition has the spoofs with its values, and the bona fide utterances as in `breakdown.by`.
    Conditions with fewer than ten utterances of a class are left out. The intervals of differences
    hold for all conditions and pairs of the group at once. The condition with the largest
    difference comes first. Raises ScoreError as `compare_systems` and `check_groups` do.
    """
    check_groups([group], columns)
    names, pairs = columns_of(group), list(combinations(systems, 2))
    cells = list(_cells(labels, {name: columns[name] for name in names}))
    estimates = [
        _Estimates.of(
            {name: np.asarray(scores)[..., rows] for name, scores in systems.items()},
            labels[rows],
            metric,
            replace(how, speakers=None if how.speakers is None else how.speakers[rows]),
        )
        for _, rows in cells
    ]
    if not cells:
        return []
    compared = _compared(estimates, pairs, metric, how)
    conditions = []
    for (values, rows), estimate, of_cell in zip(cells, estimates, compared, strict=True):
        bonafide = int((labels[rows] == 1).sum())
        comparison = Comparison(estimate.intervals(how.level), of_cell)
        conditions.append(Condition(values, bonafide, len(rows) - bonafide, comparison))
    return sorted(conditions, key=_largest_difference, reverse=True)


def _largest_difference(condition: Condition) -> float:
    return max((abs(pair.difference) for pair in condition.comparison.pairs), default=0.0)


def _cells(
    labels: np.ndarray, columns: Mapping[str, Column]
) -> Iterator[tuple[dict[str, str], np.ndarray]]:
    """Yield the values of each condition, and int64 (utterances,) the rows that belong to it."""
    codes = np.stack([column.codes for column in columns.values()], axis=1)
    shared = [index for index, name in enumerate(columns) if name not in SPOOF_ONLY]
    spoofs = labels == 0
    for cell in np.unique(codes[spoofs], axis=0):
        of_cell = spoofs & (codes == cell).all(axis=1)
        bonafide = ~spoofs & (codes[:, shared] == cell[shared]).all(axis=1)
        if min(of_cell.sum(), bonafide.sum()) < FEW:
            continue
        named = zip(columns.items(), cell.tolist(), strict=True)
        values = {name: column.names[code] if code >= 0 else "-" for (name, column), code in named}
        yield values, np.flatnonzero(of_cell | bonafide)


class _Estimates(NamedTuple):
    """A metric of several systems: its values (systems,), and those of (resamples, systems)."""

    names: list[str]
    values: np.ndarray
    draws: np.ndarray

    @classmethod
    def of(cls, systems: Systems, labels: np.ndarray, metric: str, how: Resampling) -> _Estimates:
        groups = [np.atleast_2d(np.asarray(one, np.float64)) for one in systems.values()]
        flat = [scores for group in groups for scores in group]
        generator = np.random.default_rng(how.seed)
        if how.speakers is None:
            clusters = utterance_clusters(labels, generator)
        else:
            clusters = speaker_clusters(how.speakers, labels, generator)
        values = np.array([headline(scores, labels, how.costs)[metric] for scores in flat])
        resampled = resample_clusters(flat, labels, clusters, how.costs, how.resamples, generator)
        draws = np.column_stack([draw[metric] for draw in resampled])
        ends = np.cumsum([len(group) for group in groups])[:-1]
        by_group = np.split(values, ends)
        means = np.column_stack([part.mean(axis=1) for part in np.split(draws, ends, axis=1)])
        means += _noise_of_seeds(by_group, len(means), generator)
        return cls(list(systems), np.array([group.mean() for group in by_group]), means)

    def intervals(self, level: float) -> dict[str, Interval]:
        """Return the percentile interval of each system by its name."""
        draws = self.draws[np.isfinite(self.draws).all(axis=1)]
        result = {}
        for name, value, of_system in zip(self.names, self.values.tolist(), draws.T, strict=True):
            low, high = percentiles(of_system, level)
            # No metric is negative, but a mean with the noise of seeds can be.
            error = float(of_system.std(ddof=1))
            result[name] = Interval(value, max(low, 0.0), high, error)
        return result

    def differences(self, pairs: Sequence[tuple[str, str]]) -> tuple[np.ndarray, np.ndarray]:
        """Return the differences of pairs (pairs,), and those of (resamples, pairs)."""
        first, second = ([self.names.index(pair[side]) for pair in pairs] for side in (0, 1))
        draws = self.draws[:, first] - self.draws[:, second]
        return self.values[first] - self.values[second], draws


def _compared(
    estimates: Sequence[_Estimates], pairs: list[tuple[str, str]], metric: str, how: Resampling
) -> list[list[Pair]]:
    """Return the pairs of each of the estimates, with intervals that hold for all of them."""
    if not pairs:
        return [[] for _ in estimates]
    parts = [estimate.differences(pairs) for estimate in estimates]
    differences = np.concatenate([values for values, _ in parts])
    bounds = simultaneous(differences, np.column_stack([draws for _, draws in parts]), how.level)
    numbers = np.stack([differences, *bounds], axis=1).reshape(len(parts), len(pairs), -1).tolist()
    return [
        [Pair(*pair, metric, *row) for pair, row in zip(pairs, of_part, strict=True)]
        for of_part in numbers
    ]


def _noise_of_seeds(
    groups: Sequence[np.ndarray], resamples: int, generator: np.random.Generator
) -> np.ndarray:
    """Return float64 (resamples, groups): how much each mean varies with the seeds of training."""
    sizes = np.array([len(group) for group in groups])
    degrees = int((sizes - 1).sum())
    if not degrees:
        return np.zeros((resamples, len(groups)))
    squares = sum(((group - group.mean()) ** 2).sum() for group in groups)
    # One variance holds for all groups, and is as uncertain as few seeds make it.
    variance = squares / generator.chisquare(degrees, resamples)
    return np.sqrt(variance[:, None] / sizes) * generator.standard_normal((resamples, len(groups)))
