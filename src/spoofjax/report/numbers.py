"""The numbers of a report that are not in a run folder: intervals, comparisons, differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from spoofjax.errors import RunError
from spoofjax.evaluation.bootstrap import Difference, Interval, compare, intervals
from spoofjax.evaluation.breakdown import breakdown
from spoofjax.evaluation.resampling import ENOUGH_SPEAKERS
from spoofjax.evaluation.seeds import several_seeds
from spoofjax.runs.record import RunRecord, ScoredSplit


def main_split(run: RunRecord) -> str:
    """Return the most telling split of a run: eval, else dev, else any; empty without results."""
    return next((s for s in ("eval", "dev", *run.metrics) if s in run.metrics), "")


def grouped(run: RunRecord, groups: Sequence[str]) -> RunRecord:
    """Return the run with its results broken down by `groups`, from its scores and keys.

    Raises RunError for a split without scores, and ScoreError for a group that a key lacks.
    """
    metrics = {}
    for split, values in run.metrics.items():
        scored = run.scored.get(split)
        if scored is None:
            raise RunError(
                f"{run.folder} has no scores of {split} to group: {run.how_to_evaluate(split)}."
            )
        by = breakdown(scored.score, scored.keys.label, scored.keys.columns, groups)
        metrics[split] = {**values, "by": by}
    return replace(run, metrics=metrics)


@dataclass(frozen=True)
class Spread:
    """Bootstrap intervals of one split by metric.

    `speakers` holds those over whole speakers, and is empty where there are too few of them.
    """

    utterances: Mapping[str, Interval]
    speakers: Mapping[str, Interval]


def spread(scored: ScoredSplit, resamples: int) -> Spread:
    """Return the intervals of one scored split; none for 0 resamples.

    They are computed from the LLRs, for which EER and minDCF are the same as for the scores, since
    an LLR is an increasing function of the score.
    """
    if not resamples:
        return Spread({}, {})
    labels, speakers = scored.keys.label, enough_speakers(scored)
    over_utterances = intervals(scored.llr, labels, resamples=resamples)
    if speakers is None:
        return Spread(over_utterances, {})
    over_speakers = intervals(scored.llr, labels, speakers=speakers, resamples=resamples)
    return Spread(over_utterances, over_speakers)


def enough_speakers(scored: ScoredSplit) -> np.ndarray | None:
    """Return int32 (utterances,), the codes of the speakers; None where a class has too few."""
    column = scored.keys.columns.get("speaker")
    if column is None:
        return None
    for label in (1, 0):
        codes = column.codes[(scored.keys.label == label) & (column.codes >= 0)]
        if len(np.unique(codes)) < ENOUGH_SPEAKERS:
            return None
    return column.codes


@dataclass(frozen=True)
class Comparison:
    """The difference between a run and the first run on one split, run minus first.

    `utterances` and `speakers` hold the differences by metric, as in `Spread`. Where there are
    none, `problem` says why.
    """

    run: str
    split: str
    utterances: Mapping[str, Difference]
    speakers: Mapping[str, Difference]
    problem: str = ""


def comparisons(runs: Sequence[RunRecord], resamples: int) -> list[Comparison]:
    """Compare every run with the first, split by split, on the same utterances.

    They may be the own split of one run and the split of another corpus for the other.
    """
    results = []
    for split, base in runs[0].scored.items():
        for run in runs[1:]:
            other = _scores_of_same_trials(run, split, base)
            if other is not None:
                results.append(_compared(run.name, split, other, base, resamples))
            else:
                problem = _why_not_compared(run, split, base)
                results.append(Comparison(run.name, split, {}, {}, problem))
    return results


def _scores_of_same_trials(run: RunRecord, split: str, base: ScoredSplit) -> ScoredSplit | None:
    """Return the run's scores of the utterances of `base`, those of `split` if possible."""
    candidates = [run.scored[title] for title in (split, *run.scored) if title in run.scored]
    return next((scored for scored in candidates if same_trials(scored, base)), None)


def _why_not_compared(run: RunRecord, split: str, base: ScoredSplit) -> str:
    other = run.scored.get(split)
    if other is None:
        return f"it has no scores of {split}"
    corpora = [scored.metrics["corpus"] for scored in (other, base)]
    names = f" ({corpora[0]} instead of {corpora[1]})" if corpora[0] != corpora[1] else ""
    return f"its {split} scores are of other utterances{names}"


def same_trials(first: ScoredSplit, second: ScoredSplit) -> bool:
    """Whether two splits hold the same utterances with the same labels, in the same order."""
    return np.array_equal(first.keys.ids, second.keys.ids) and np.array_equal(
        first.keys.label, second.keys.label
    )


def _compared(
    run: str, split: str, other: ScoredSplit, base: ScoredSplit, resamples: int
) -> Comparison:
    trials = (other.llr, base.llr, base.keys.label)
    speakers = enough_speakers(base)
    over_utterances = compare(*trials, resamples=resamples)
    if speakers is None:
        return Comparison(run, split, over_utterances, {})
    over_speakers = compare(*trials, speakers=speakers, resamples=resamples)
    return Comparison(run, split, over_utterances, over_speakers)


def flat(config: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Return a run's configuration as one level: {'model': 'CNN2D', 'model.kernel': '3', ...}."""
    settings: dict[str, str] = {}
    for name, value in config.items():
        key = prefix + name
        if name == "type":
            if prefix:
                settings[prefix.rstrip(".")] = str(value).rpartition(".")[2]
        elif isinstance(value, Mapping):
            settings |= flat(value, key + ".")
        elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value):
            for index, part in enumerate(value):
                settings |= flat(part, f"{key}.{index}.") if isinstance(part, Mapping) else {}
        else:
            is_list = isinstance(value, list)
            settings[key] = ", ".join(map(str, value)) if is_list else str(value)
    return settings


def differences(runs: Sequence[RunRecord]) -> list[tuple[str, list[str]]]:
    """Return (setting, its value in each run) for every setting that differs between the runs."""
    settings = [flat(run.config) for run in runs]
    names = dict.fromkeys(name for of_run in settings for name in of_run)
    rows = [(name, [of_run.get(name, "-") for of_run in settings]) for name in names]
    return [(name, values) for name, values in rows if len(set(values)) > 1]


def over_seeds(runs: Sequence[RunRecord]) -> dict[str, dict[str, Any]]:
    """Return the summary over seeds by split; empty unless the runs differ in their seed alone."""
    if len(runs) < 2 or {name for name, _ in differences(runs)} != {"seed"}:
        return {}
    shared = [split for split in runs[0].metrics if all(split in run.metrics for run in runs)]
    return {split: several_seeds([run.metrics[split] for run in runs]) for split in shared}
