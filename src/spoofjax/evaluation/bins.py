"""Trials counted in bins of the official order, from which resampled metrics are computed fast.

A bootstrap resample only changes how often each trial counts. With the trials in official order,
the counts of a few thousand bins, fine where the EER and the least cost can fall, are all that the
metrics need; of a small evaluation each trial is a bin of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.evaluation.metrics import Costs, softplus
from spoofjax.evaluation.ranked import Ranked

SINGLE = 2048
"""Up to so many trials each one is a bin."""
COARSE, FINE = 512, 768
"""Bins over the whole range, and over each of the two windows that matter."""
REACH = 8.0
"""Half-width of the windows in standard errors."""


@dataclass(frozen=True)
class Bins:
    """The bins of one system; every array has one entry per bin unless said otherwise.

    `edges` int64 (bins + 1,): steps of the official DET curve. `bonafide`, `spoof` int64: trials.
    `cost`, `cost_variance` float64 (2, bins): mean and variance of the Cllr loss in nats of bona
    fide and spoof trials. `threshold_edge`: the edge of the Bayes threshold. `groups` int64: first
    bin of each run of bins that may share a score; `wins` float64 (groups,): in how many of a
    group's pairs bona fide is above, as a share.
    """

    edges: np.ndarray
    bonafide: np.ndarray
    spoof: np.ndarray
    cost: np.ndarray
    cost_variance: np.ndarray
    threshold_edge: int
    groups: np.ndarray
    wins: np.ndarray
    weights: tuple[float, float]

    @classmethod
    def of(cls, ranked: Ranked, costs: Costs) -> Bins:
        """Choose bins for one system and count its trials."""
        at_threshold = ranked.missed(costs.threshold) + len(ranked.spoof)
        at_threshold -= ranked.accepted(costs.threshold)
        edges = _choose_edges(ranked, costs, at_threshold)
        to = np.searchsorted(ranked.position, edges)
        parts = [_moments(softplus(-ranked.bonafide), to)]
        parts.append(_moments(softplus(ranked.spoof), edges - to))
        groups, wins = _tie_groups(ranked, edges, to)
        return cls(
            edges=edges,
            bonafide=np.diff(to),
            spoof=np.diff(edges - to),
            cost=np.stack([mean for mean, _ in parts]),
            cost_variance=np.stack([variance for _, variance in parts]),
            threshold_edge=int(np.searchsorted(edges, at_threshold)),
            groups=groups,
            wins=wins,
            weights=costs.weights,
        )

    def metrics(
        self, bonafide: np.ndarray, spoof: np.ndarray, losses: np.ndarray
    ) -> dict[str, np.ndarray]:
        """Return eer, min_dcf, act_dcf, cllr and auc, float64 (resamples,) each.

        `bonafide` and `spoof` (resamples, bins): counts; `losses` (2, resamples): mean Cllr loss of
        both classes in nats. The EER is interpolated inside its bin, so that with one trial a bin
        it differs from the official one by less than one trial's step.
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
        """Return float64 (resamples,): pairs in which bona fide is above, ties counting half."""
        b = np.add.reduceat(bonafide, self.groups, axis=1)
        s = np.add.reduceat(spoof, self.groups, axis=1)
        return (b * (rejected[:, self.groups] + s * self.wins)).sum(axis=1, dtype=np.float64)


def _choose_edges(ranked: Ranked, costs: Costs, at_threshold: int) -> np.ndarray:
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
    """Return up to `most` + 1 steps from first to last, evenly spread."""
    return np.unique(np.linspace(first, last, min(most, last - first) + 1).astype(np.int64))


def _equal_error_window(ranked: Ranked) -> tuple[int, int]:
    """Return the steps between which FRR - FAR is within reach of 0."""
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
    """Return the steps between which the cost comes within reach of its minimum."""
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
    """Return the standard error of a weighted sum of both rates, with two trials added to each."""
    total = 0.0
    for rate, trials, weight in zip(
        (frr, far), (len(ranked.bonafide), len(ranked.spoof)), weights, strict=True
    ):
        eased = (rate * trials + 2) / (trials + 4)
        total += weight**2 * eased * (1 - eased) / trials
    return math.sqrt(total)


def _moments(values: np.ndarray, edges: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance of values[edges[i]:edges[i + 1]]; 0 for empty bins."""
    counts = np.diff(edges)
    mean, variance = np.zeros(len(counts)), np.zeros(len(counts))
    full = np.flatnonzero(counts)
    if len(full):
        starts = edges[full]
        mean[full] = np.add.reduceat(values, starts) / counts[full]
        squares = (values - np.repeat(mean, counts)) ** 2
        variance[full] = np.add.reduceat(squares, starts) / counts[full]
    return mean, variance


def _tie_groups(ranked: Ranked, edges: np.ndarray, to: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the first bin of every group whose neighbours hold no equal score, and its wins."""
    spoof_to = edges - to
    lowest = np.minimum(_at(ranked.bonafide, to, np.inf), _at(ranked.spoof, spoof_to, np.inf))
    highest = np.maximum(
        _at(ranked.bonafide, to - 1, -np.inf), _at(ranked.spoof, spoof_to - 1, -np.inf)
    )
    groups = np.flatnonzero(lowest[:-1] > highest[:-1])
    ends = np.append(groups[1:], len(edges) - 1)
    equal = np.searchsorted(ranked.spoof, ranked.bonafide, side="right")
    wins = np.concatenate([[0], np.cumsum(ranked.below + equal)]) / 2
    b, s = to[ends] - to[groups], spoof_to[ends] - spoof_to[groups]
    inside = wins[to[ends]] - wins[to[groups]] - b * spoof_to[groups]
    return groups, np.where(b * s > 0, inside / np.maximum(b * s, 1), 0.5)


def _at(values: np.ndarray, index: np.ndarray, outside: float) -> np.ndarray:
    """Return values[index], with `outside` for indices beyond either end."""
    inside = (index >= 0) & (index < len(values))
    return np.where(inside, values[np.clip(index, 0, len(values) - 1)], outside)


def _cumulated(counts: np.ndarray) -> np.ndarray:
    """Return float64 (resamples, bins + 1): sums up to each edge."""
    sums = np.zeros((counts.shape[0], counts.shape[1] + 1))
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    return sums


def _crossing(frr: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return float64 (resamples,): the rate at which both curves meet, inside a bin if need be."""
    gap = frr - far
    after = np.argmax(gap >= 0, axis=1)
    rows = np.arange(len(gap))
    low, high = gap[rows, after - 1], gap[rows, after]
    share = low / (low - high)
    start = frr[rows, after - 1]
    return start + share * (frr[rows, after] - start)
