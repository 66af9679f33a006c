"""One HTML file about one run or several, which needs no other file and no network.

The functions here and in the modules beside it turn runs into plain values, and the templates turn
those into HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from spoofjax.evaluation.pooling import summary_of
from spoofjax.evaluation.rule import Rule
from spoofjax.files import write_text
from spoofjax.report.conditions import condition_tables
from spoofjax.report.corpus import CorpusAtHand
from spoofjax.report.figures import calibration, curves, traced
from spoofjax.report.listening import Draw, hardest_section
from spoofjax.report.localisation import HEAD, localisation_tables
from spoofjax.report.markdown import CALM, DECISIONS, HEADLINES, percent
from spoofjax.report.numbers import (
    Comparison,
    Spread,
    comparisons,
    differences,
    flat,
    main_split,
    over_seeds,
)
from spoofjax.report.remarks import remarks_of_run
from spoofjax.report.rendering import render
from spoofjax.report.tables import (
    comparison_rows,
    data_rows,
    headline_rows,
    seed_rows,
)
from spoofjax.report.tracing import MEASURES, tracing_note, tracing_rows
from spoofjax.report.training import training_section
from spoofjax.runs.record import RunRecord
from spoofjax.version import version

EXAMPLES = 12
"""The largest number of utterances that a page plays; each takes some hundred kilobytes."""


def write_html(
    path: Path,
    runs: Sequence[RunRecord],
    corpora: Sequence[CorpusAtHand],
    spreads: Sequence[Mapping[str, Spread]],
    *,
    resamples: int = 1000,
    examples: int = EXAMPLES,
    draw: Draw | None = None,
    pictures: int = 0,
) -> Path:
    """Write the page of one run or several; return its path.

    Each run comes with its corpus and with its intervals by split. Several runs are compared with
    the first by the bootstrap, unless `resamples` is 0. `draw` explains the hardest `pictures`
    utterances of each class. Raises ScoreError as the metrics do.
    """
    compared = comparisons(runs, resamples) if resamples else []
    number = min(examples, EXAMPLES)
    values = _page(runs, corpora, spreads, compared)
    values["hardest"] = hardest_section(runs, corpora, number, draw, pictures)
    write_text(path, render("report.html", values))
    return path


def _page(
    runs: Sequence[RunRecord],
    corpora: Sequence[CorpusAtHand],
    spreads: Sequence[Mapping[str, Spread]],
    compared: Sequence[Comparison],
) -> dict[str, Any]:
    """Return everything that the templates show but the hardest utterances."""
    rows = headline_rows(runs, spreads)
    main, conditions = main_split(runs[0]), condition_tables(runs, _trained_on(corpora))
    return {
        "title": runs[0].name if len(runs) == 1 else f"{runs[0].name} and {len(runs) - 1} more",
        "runs": [_identity(run) for run in runs],
        "remarks": _remarks(runs),
        "calm": CALM[0].upper() + CALM[1:],
        "main": main,
        "headlines": [name for _, name, _ in HEADLINES],
        "cards": next((r for r in rows if r["split"] == main), None) if len(runs) == 1 else None,
        "rows": rows,
        "by_speaker": any(cell["by_speaker"] for row in rows for cell in row["cells"]),
        "comparison": comparison_rows(runs, compared),
        "seeds": seed_rows(over_seeds(runs)),
        "curves": list(curves(runs)),
        "decision_names": [name for _, name in DECISIONS],
        "rules": _rules(runs),
        "decisions": list(_decisions(runs)),
        "conditions": conditions,
        "any_new": any(row["new"] for table in conditions for row in table["rows"]),
        "localisation": localisation_tables(runs),
        "localisation_head": HEAD,
        "tracing": tracing_rows(runs),
        "tracing_names": [name for _, name, _ in MEASURES],
        "tracing_note": tracing_note(runs),
        "tracing_figures": list(traced(runs)),
        "calibration": list(calibration(runs)),
        "training": training_section(runs),
        "data": data_rows(runs, [corpus.counts for corpus in corpora]),
        "differences": differences(runs) if len(runs) > 1 else [],
        "settings": [flat(run.config) for run in runs],
        "environments": [flat(run.environment) for run in runs],
        "version": version(),
    }


def _remarks(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return the remarks on all runs, alarms first."""
    rows = [{"run": run.name, **remark._asdict()} for run in runs for remark in remarks_of_run(run)]
    return sorted(rows, key=lambda row: not row["is_alarm"])


def _trained_on(corpora: Sequence[CorpusAtHand]) -> set[str]:
    """Return the attacks that the runs were trained on; none unless every corpus is available."""
    if not all("train" in corpus.counts for corpus in corpora):
        return set()
    return {name for corpus in corpora for name in corpus.counts["train"]["attacks"]}


def _identity(run: RunRecord) -> dict[str, Any]:
    """Return what the head of the page says of a run."""
    settings = flat(run.config)
    parts = [settings[key] for key in ("model", "front_end", "data") if key in settings]
    corpora = {values["corpus"] for values in run.metrics.values()}
    return {
        "name": run.name,
        "parts": parts,
        "corpora": sorted(corpora),
        "seed": settings.get("seed", "-"),
        "time": str(run.environment.get("time", ""))[:16].replace("T", " "),
    }


def _rules(runs: Sequence[RunRecord]) -> list[dict[str, str]]:
    """Return the rule by which each run calls an utterance a spoof."""
    return [
        {
            "run": run.name,
            "text": str(Rule.of(run.decision)),
            "recordings": summary_of(run.decision),
        }
        for run in runs
        if run.decision
    ]


def _decisions(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    """Yield a row of the accuracy family for every run and split."""
    for run in runs:
        for split, values in run.metrics.items():
            yield {
                "run": run.name,
                "split": split,
                "cells": [percent(values[key]) for key, _ in DECISIONS],
                "confusion": values["confusion"],
                "threshold": f"{values['threshold']:.4g}",
            }
