"""A summary of runs that differ in nothing but their seed."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from spoofjax.errors import ScoreError

_HIGHER_IS_BETTER = ("auc", "accuracy", "balanced_accuracy", "precision", "recall", "f1")
"""Prefixes of the names of such numbers, as in 'recall_spoof'."""


def several_seeds(runs: Sequence[Mapping[str, Any]], level: float = 0.95) -> dict[str, Any]:
    """Summarise the metrics of runs that differ in nothing but their seed.

    `runs` are the metrics of each run. For every number that all of them have, the summary holds
    mean, median, best, worst, the standard deviation `std`, and `low` and `high` of Student's
    interval of the mean; the last three are None for one run. Raises ScoreError without runs.
    """
    if not runs:
        raise ScoreError("There is no run to summarise.")
    names = [name for name in runs[0] if all(_is_number(run.get(name)) for run in runs)]
    return {
        "runs": len(runs),
        **{name: _summary(name, [float(run[name]) for run in runs], level) for name in names},
    }


def is_better_when_higher(name: str) -> bool:
    """Whether the highest value of a metric is the best; otherwise the lowest is."""
    return name.startswith(_HIGHER_IS_BETTER)


def _summary(name: str, values: list[float], level: float) -> dict[str, float | None]:
    mean = statistics.fmean(values)
    ordered = sorted(values, reverse=is_better_when_higher(name))
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
        from scipy.special import stdtrit  # takes a quarter of a second, which other commands save

        deviation = statistics.stdev(values)
        degrees = len(values) - 1
        reach = float(stdtrit(degrees, (1 + level) / 2)) * deviation / len(values) ** 0.5
        summary.update(std=deviation, low=mean - reach, high=mean + reach)
    return summary


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
