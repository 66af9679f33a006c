"""What a report says before all numbers: alarms, then notes, of every split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from spoofjax.evaluation.findings import findings, is_reversed, of_corpora
from spoofjax.runs.record import RunRecord


class Remark(NamedTuple):
    """An alarm or a note on one split, with advice."""

    split: str
    text: str
    is_alarm: bool


def remarks(results: Mapping[str, Mapping[str, Any]]) -> list[Remark]:
    """Return the remarks on the results by split: all alarms, then all notes.

    The findings are computed from the numbers rather than read from the folder, so that an old run
    is judged by today's rules.
    """
    of_all: list[Remark] = []
    foreign = of_corpora(results)
    for split, metrics in results.items():
        of_split = [(finding.text, finding.is_alarm) for finding in findings(metrics)]
        recorded = [(text, True) for text in _recorded(metrics)]
        # Reversed scores look collapsed as well, and the reason belongs before its effects.
        both = of_split + recorded if is_reversed(metrics) else recorded + of_split
        if split in foreign:
            both.append((foreign[split].text, foreign[split].is_alarm))
        of_all += [Remark(split, *remark) for remark in both]
    return sorted(of_all, key=lambda remark: not remark.is_alarm)


def remarks_of_run(run: RunRecord) -> list[Remark]:
    """Return the remarks on a run, those on results that are out of date included."""
    stale = [Remark(split, text, True) for split in run.metrics for text in run.stale(split)]
    both = [*remarks(run.metrics), *stale]
    return sorted(both, key=lambda remark: not remark.is_alarm)


def _recorded(metrics: Mapping[str, Any]) -> list[str]:
    """Return the alarms that only the evaluation itself could raise."""
    return [*metrics["collapse"]["reasons"], *metrics.get("alarms", ())]
