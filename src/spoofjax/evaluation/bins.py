"""Trials counted in bins, from which the metrics of bootstrap resamples are computed fast.

A resample changes only how often each trial counts. The trials are put in the official order and
divided into a few thousand bins, which are narrow where the EER and the least cost can lie. The
metrics then need only the counts of the bins. In a small evaluation each trial has its own bin.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.evaluation.metrics import Costs, softplus
from spoofjax.evaluation.ranked import Ranked

SINGLE = 2048
"""Up to this many trials, each trial is a bin."""
COARSE, FINE = 512, 768
"""Number of bins over all trials, and over each of the windows around EER and least cost."""
REACH = 8.0
"""Half the width of the windows, in standard errors of the rates."""


@dataclass(frozen=True)
class Bins:
    """The bins of one system."""

    edges: np.ndarray
    """int64 (bins + 1,): the steps of the official DET curve at which bins begin and end."""
    bonafide: np.ndarray
    """int64 (bins,): bona fide trials of each bin."""
    spoof: np.ndarray
    """int64 (bins,): spoof trials of each bin."""
    cost: np.ndarray
    """float64 (2, bins): mean Cllr loss, in nats, of the bona fide and of the spoof trials."""
    cost_variance: np.ndarray
    """float64 (2, bins): the variance of that loss."""
    threshold_edge: int
    """Index of the edge at the Bayes threshold."""
    groups: np.ndarray
    """int64 (groups,): first bin of each group. Equal scores never lie in different groups."""
    wins: np.ndarray
    """float64 (groups,): share of a group's pairs in which bona fide scores above spoof."""
    weights: tuple[float, float]
    """Weights of FRR and FAR in the detection cost."""

    @classmethod
    def of(cls, ranked: Ranked, costs: Costs) -> Bins:
        """Choose bins for one system and count its trials."""
        at_threshold = ranked.missed(costs.threshold) + len(ranked.spoof)
        at_threshold -= ranked.accepted(costs.threshold)
        edges = _choose_edges(ranked, costs, at_threshold)
        # How many trials of each class lie before each edge.
        bonafide_before = np.searchsorted(ranked.position, edges)
        spoof_before = edges - bonafide_before
        moments = [
            _moments(softplus(-ranked.bonafide), bonafide_before),
            _moments(softplus(ranked.spoof), spoof_before),
        ]
        groups, wins = _tie_groups(ranked, bonafide_before, spoof_before)
        return cls(
            edges=edges,
            bonafide=np.diff(bonafide_before),
            spoof=np.diff(spoof_before),
            cost=np.stack([mean for mean, _ in moments]),
            cost_variance=np.stack([variance for _, variance in moments]),
            threshold_edge=int(np.searchsorted(edges, at_threshold)),
            groups=groups,
            wins=wins,
            weights=costs.weights,
        )

    def metrics(
        self, bonafide: np.ndarray, spoof: np.ndarray, losses: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return eer, min_dcf, act_dcf, cllr and auc, float64 (resamples,) each.

        `bonafide` and `spoof` (resamples, bins) are counts, `losses` (2, resamples) the mean Cllr
        losses of both classes in nats. The EER is interpolated inside its bin; with one trial in
        each bin, it differs from the official EER by less than one trial's step.
        """
        missed, rejected = _cumulated(bonafide), _cumulated(spoof)
        n, m = missed[:, -1:], rejected[:, -1:]
        frr, far = missed / n, 1 - rejected / m
        miss, alarm = self.weights
        cost = miss * frr + alarm * far
        return {
            "eer": _crossing(frr, far),
            "min_dcf": cost.min(axis=1),
            "act_dcf": cost[:, self.threshold_edge],
            "cllr": losses.sum(axis=0) / (2 * math.log(2)),
            "auc": self._auc(bonafide, spoof, rejected) / (n[:, 0] * m[:, 0]),
        }

    def _auc(self, bonafide: np.ndarray, spoof: np.ndarray, rejected: np.ndarray) -> np.ndarray:
        """Return float64 (resamples,): pairs in which bona fide scores higher; ties count half."""
        live = np.add.reduceat(bonafide, self.groups, axis=1)
        fake = np.add.reduceat(spoof, self.groups, axis=1)
        wins = live * (rejected[:, self.groups] + fake * self.wins)
        return wins.sum(axis=1, dtype=np.float64)


def _choose_edges(ranked: Ranked, costs: Costs, at_threshold: int) -> np.ndarray:
    """Return int64 (bins + 1,): the first and the last step, and edges between them."""
    trials = len(ranked)
    if trials <= SINGLE:
        return np.arange(trials + 1)
    return np.unique(
        np.concatenate(
            [
                _spread(0, trials, COARSE),
                _spread(*_equal_error_window(ranked), FINE),
                _spread(*_least_cost_window(ranked, costs), FINE),
                [at_threshold],
            ]
        )
    )


def _spread(first: int, last: int, most: int) -> np.ndarray:
    """Return up to `most` + 1 steps from `first` to `last` at equal distances."""
    return np.unique(np.linspace(first, last, min(most, last - first) + 1).astype(np.int64))


def _equal_error_window(ranked: Ranked) -> tuple[int, int]:
    """Return the steps between which FRR - FAR lies within REACH standard errors of 0."""
    point = ranked.equal_error()
    reach = REACH * _deviation(ranked, point.frr, point.far, (1.0, 1.0))

    def first_above(gap: float) -> int:
        low, high = 0, len(ranked)
        while low < high:
            middle = (low + high) // 2
            frr, far = ranked.rates(middle)
            low, high = (low, middle) if frr - far >= gap else (middle + 1, high)
        return low

    return max(first_above(-reach) - 1, 0), first_above(reach)


def _least_cost_window(ranked: Ranked, costs: Costs) -> tuple[int, int]:
    """Return the steps between which the cost lies within REACH standard errors of its minimum."""
    miss, alarm = costs.weights
    n, m = len(ranked.bonafide), len(ranked.spoof)
    cost = miss * np.arange(n) / n + alarm * (m - ranked.below) / m
    least, step = ranked.least_cost(miss, alarm)
    reach = REACH * _deviation(ranked, *ranked.rates(step), (miss, alarm))
    near = np.flatnonzero(cost <= least + reach)
    last = len(ranked) if miss <= least + reach else step
    if not len(near):
        return step, last
    return int(min(ranked.position[near[0]], step)), int(max(ranked.position[near[-1]], last))


def _deviation(ranked: Ranked, frr: float, far: float, weights: tuple[float, float]) -> float:
    """Return the standard error of a weighted sum of both rates.

    Two errors and two right decisions are added to each class (Agresti and Coull, 1998), so that
    the standard error of a rate of zero is not zero.
    """
    total = 0.0
    for rate, trials, weight in zip(
        (frr, far), (len(ranked.bonafide), len(ranked.spoof)), weights, strict=True
    ):
        adjusted = (rate * trials + 2) / (trials + 4)
        total += weight**2 * adjusted * (1 - adjusted) / trials
    return math.sqrt(total)


def _moments(values: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of every values[edges[i]:edges[i + 1]]; 0 for empty bins."""
    counts = np.diff(edges)
    mean, variance = np.zeros(len(counts)), np.zeros(len(counts))
    full = np.flatnonzero(counts)
    if len(full):
        starts = edges[full]
        mean[full] = np.add.reduceat(values, starts) / counts[full]
        squares = (values - np.repeat(mean, counts)) ** 2
        variance[full] = np.add.reduceat(squares, starts) / counts[full]
    return mean, variance


def _tie_groups(
    ranked: Ranked, bonafide_before: np.ndarray, spoof_before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the first bin of each group of bins, and the group's share of wins.

    The arguments are the trials of each class before each edge. A new group begins at an edge where
    the lowest score above it is higher than the highest score below it, so that no tie crosses it.
    """
    lowest_above = np.minimum(
        _at(ranked.bonafide, bonafide_before, np.inf), _at(ranked.spoof, spoof_before, np.inf)
    )
    highest_below = np.maximum(
        _at(ranked.bonafide, bonafide_before - 1, -np.inf),
        _at(ranked.spoof, spoof_before - 1, -np.inf),
    )
    groups = np.flatnonzero(lowest_above[:-1] > highest_below[:-1])
    ends = np.append(groups[1:], len(bonafide_before) - 1)
    # Wins of all bona fide trials before an edge over all spoof trials, ties counting half.
    below_or_equal = np.searchsorted(ranked.spoof, ranked.bonafide, side="right")
    wins = np.concatenate([[0], np.cumsum(ranked.below + below_or_equal)]) / 2
    bonafide = bonafide_before[ends] - bonafide_before[groups]
    spoof = spoof_before[ends] - spoof_before[groups]
    wins_inside = wins[bonafide_before[ends]] - wins[bonafide_before[groups]]
    wins_inside -= bonafide * spoof_before[groups]
    pairs = bonafide * spoof
    return groups, np.where(pairs > 0, wins_inside / np.maximum(pairs, 1), 0.5)


def _at(values: np.ndarray, index: np.ndarray, outside: float) -> np.ndarray:
    """Return values[index], and `outside` for an index beyond either end."""
    inside = (index >= 0) & (index < len(values))
    return np.where(inside, values[np.clip(index, 0, len(values) - 1)], outside)


def _cumulated(counts: np.ndarray) -> np.ndarray:
    """Return float64 (resamples, bins + 1): the trials before each edge."""
    sums = np.zeros((counts.shape[0], counts.shape[1] + 1))
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums


def _crossing(frr: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return float64 (resamples,): the rate at which FRR and FAR are equal, by interpolation."""
    gap = frr - far
    after = np.argmax(gap >= 0, axis=1)
    rows = np.arange(len(gap))
    low, high = gap[rows, after - 1], gap[rows, after]
    share = low / (low - high)
    start = frr[rows, after - 1]
    return start + share * (frr[rows, after] - start)
