"""The part of a page that shows how its runs were trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from spoofjax.report import pictures
from spoofjax.runs.record import RunRecord


def training_section(runs: Sequence[RunRecord]) -> dict[str, Any]:
    """Return a figure of the training of all runs and facts of each; empty without history."""
    histories = {run.name: run.history for run in runs if run.history}
    if not histories:
        return {}
    if len(histories) == 1:
        figure = pictures.training_curves(next(iter(histories.values())))
    else:
        figure = pictures.training_comparison(histories)
    facts = [(name, _training_facts(history)) for name, history in histories.items()]
    return {"caption": "Training by step", "figure": figure, "facts": facts}


def _training_facts(history: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return the totals and averages of a run's history as (name, text)."""
    last = history[-1]
    best = [row for row in history if row.get("best")]
    speeds = [row["utterances_per_second"] for row in history if "utterances_per_second" in row]
    waits = [row["wait_share"] for row in history if "wait_share" in row]
    draws = [row for row in history if "drawn_bonafide" in row]
    minutes, seconds = divmod(round(last["seconds"]), 60)
    facts = [("steps", f"{last['step']:,}"), ("wall time", f"{minutes} min {seconds:02d} s")]
    if best:
        facts.append(("best step on dev", f"{best[-1]['step']:,}"))
    if speeds:
        facts.append(("utterances per second, median", f"{np.median(speeds):,.1f}"))
    if waits:
        facts.append(("device waited for data", f"{np.mean(waits):.1%}"))
    if draws:
        counts = draws[-1]
        text = f"{counts['drawn_bonafide']:,} bona fide, {counts['drawn_spoof']:,} spoof"
        facts.append(("drawn", text))
        facts.append(("skipped as unreadable", f"{counts['skipped']:,}"))
    return facts
