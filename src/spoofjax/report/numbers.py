"""The numbers of a report that no run folder holds: intervals, comparisons, what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.bootstrap import Difference, Interval, compare, intervals, several_seeds
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.runs.record import Judged, RunRecord

SPEAKERS = 20
"""Fewer speakers than this in either class are too few to resample."""


def grouped(run: RunRecord, groups: Sequence[str]) -> RunRecord:
    """Return the run with its results broken down by other groups, from its scores and keys.

    Raises RunError for a split without scores, and ScoreError for a group that a key lacks.
    """
    metrics = {}
    for split, values in run.metrics.items():
        judged = run.judged.get(split)
        if judged is None:
            raise RunError(
                f"{run.folder} has no scores of {split} to group: "
                f"run `spoofjax evaluate {run.folder} --split {split}`."
            )
        by = breakdown(judged.score, judged.keys.label, judged.keys.columns, groups)
        metrics[split] = {**values, "by": by}
    return replace(run, metrics=metrics)


@dataclass(frozen=True)
class Spread:
    """Bootstrap intervals of one split by metric; over whole speakers where there are enough."""

    utterances: Mapping[str, Interval]
    speakers: Mapping[str, Interval]


def spread(judged: Judged, resamples: int) -> Spread:
    """Return the intervals of one scored split; without resamples there are none.

    All numbers are of the LLRs: the map from scores is increasing, so EER and minDCF do not change.
    """
    if not resamples:
        return Spread({}, {})
    labels, speakers = judged.keys.label, enough_speakers(judged)
    over = {} if speakers is None else intervals(
        judged.llr, labels, speakers=speakers, resamples=resamples
    )  # fmt: skip
    return Spread(intervals(judged.llr, labels, resamples=resamples), over)


def enough_speakers(judged: Judged) -> np.ndarray | None:
    """Return int32 (utterances,) codes of speakers, or None where a class has too few."""
    column = judged.keys.columns.get("speaker")
    if column is None:
        return None
    for label in (1, 0):
        known = column.codes[(judged.keys.label == label) & (column.codes >= 0)]
        if len(np.unique(known)) < SPEAKERS:
            return None
    return column.codes


@dataclass(frozen=True)
class Comparison:
    """One run against the first on one split; a `problem` says why there are no numbers.

    Differences are run minus first; `speakers` holds those over whole speakers, if any.
    """

    run: str
    split: str
    utterances: Mapping[str, Difference]
    speakers: Mapping[str, Difference]
    problem: str = ""


def comparisons(runs: Sequence[RunRecord], resamples: int) -> list[Comparison]:
    """Compare every run with the first, split by split, on the same utterances."""
    first, found = runs[0], []
    for split, base in first.judged.items():
        for run in runs[1:]:
            other = run.judged.get(split)
            if other is None:
                problem = f"it has no scores of {split}"
            elif not same_trials(other, base):
                problem = f"its {split} scores are of other utterances"
            else:
                found.append(_compared(run.name, split, other, base, resamples))
                continue
            found.append(Comparison(run.name, split, {}, {}, problem))
    return found


def same_trials(first: Judged, second: Judged) -> bool:
    """Whether two splits hold the same utterances with the same labels, in the same order."""
    return np.array_equal(first.keys.ids, second.keys.ids) and np.array_equal(
        first.keys.label, second.keys.label
    )


def _compared(run: str, split: str, other: Judged, base: Judged, resamples: int) -> Comparison:
    trials = (other.llr, base.llr, base.keys.label)
    speakers = enough_speakers(base)
    over = {} if speakers is None else compare(*trials, speakers=speakers, resamples=resamples)
    return Comparison(run, split, compare(*trials, resamples=resamples), over)


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a run's configuration as one level: {'model': 'CNN2D', 'model.kernel': '3', ...}."""
    found = {}
    for name, value in config.items():
        key = prefix + name
        if name == "type":
            if prefix:
                found[prefix.rstrip(".")] = str(value).rpartition(".")[2]
        elif isinstance(value, Mapping):
            found |= flat(value, key + ".")
        elif isinstance(value, list) and any(isinstance(v, Mapping) for v in value):
            for index, item in enumerate(value):
                found |= flat(item, f"{key}.{index}.") if isinstance(item, Mapping) else {}
        else:
            found[key] = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return found


def differences(runs: Sequence[RunRecord]) -> list[tuple[str, list[str]]]:
    """Return (setting, its value in each run) of all settings in which the runs differ."""
    settings = [flat(run.config) for run in runs]
    names = dict.fromkeys(name for one in settings for name in one)
    rows = [(name, [one.get(name, "-") for one in settings]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def over_seeds(runs: Sequence[RunRecord]) -> dict[str, dict[str, Any]]:
    """Return the summary over seeds by split, where runs differ in nothing but their seed."""
    if len(runs) < 2 or {name for name, _ in differences(runs)} != {"seed"}:
        return {}
    shared = [split for split in runs[0].metrics if all(split in run.metrics for run in runs)]
    return {split: several_seeds([run.metrics[split] for run in runs]) for split in shared}
