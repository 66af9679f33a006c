"""One HTML file that says how good one or several runs are: no other file, no network.

The functions below turn runs into plain values; templates/ turn those into a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import SpoofjaxError
from spoofjax.files import write_text
from spoofjax.report import pictures
from spoofjax.report.conditions import condition_tables
from spoofjax.report.hardest import hardest, margins
from spoofjax.report.inline import flac, spectrogram, svg
from spoofjax.report.markdown import DECISIONS, HEADLINES, alarms_of, percent
from spoofjax.report.numbers import (
    Comparison,
    Spread,
    comparisons,
    differences,
    flat,
    over_seeds,
    same_trials,
)
from spoofjax.report.tables import (
    comparison_rows,
    data_rows,
    headline_rows,
    seed_rows,
)
from spoofjax.runs.record import RunRecord

EXAMPLES = 12
"""Most utterances that a page plays, as each costs some hundred kilobytes."""


@dataclass(frozen=True)
class CorpusAtHand:
    """What a run's corpus can still tell: counts of its splits, and how it sounds.

    `listen` returns float32 (samples,) at `rate` of (split, key of an utterance), or raises a
    SpoofjaxError; where it is None, `why_not` says so in a sentence.
    """

    counts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    listen: Callable[[str, str], np.ndarray] | None = None
    rate: int = 16_000
    why_not: str = "The corpus was not looked for."


def write_html(
    path: Path,
    runs: Sequence[RunRecord],
    corpora: Sequence[CorpusAtHand],
    spreads: Sequence[Mapping[str, Spread]],
    *,
    resamples: int = 1000,
    examples: int = EXAMPLES,
) -> Path:
    """Write the page of one or several runs, each with its corpus and its intervals by split.

    Several are compared with the first. Raises ScoreError as the metrics do.
    """
    compared = comparisons(runs, resamples) if resamples else []
    page = render(_page(runs, corpora, spreads, compared, min(examples, EXAMPLES)))
    write_text(path, page)
    return path


def render(page: Mapping[str, Any]) -> str:
    """Return the page as HTML; every text in it is escaped."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    rooms = Environment(
        loader=PackageLoader("spoofjax.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    rooms.filters["drawing"] = lambda figure: Markup(svg(figure["figure"], figure["caption"]))
    return rooms.get_template("report.html").render(page)


def _page(
    runs: Sequence[RunRecord],
    corpora: Sequence[CorpusAtHand],
    spreads: Sequence[Mapping[str, Spread]],
    compared: Sequence[Comparison],
    examples: int,
) -> dict[str, Any]:
    rows = headline_rows(runs, spreads)
    main, conditions = _main_split(runs[0]), condition_tables(runs, _trained_on(corpora))
    return {
        "title": runs[0].name if len(runs) == 1 else f"{runs[0].name} and {len(runs) - 1} more",
        "runs": [_identity(run) for run in runs],
        "alarms": [
            {"run": run.name, "split": split, "text": text}
            for run in runs
            for split, values in run.metrics.items()
            for text in [*alarms_of(values), *run.stale(split)]
        ],
        "main": main,
        "headlines": [name for _, name, _ in HEADLINES],
        "cards": next((r for r in rows if r["split"] == main), None) if len(runs) == 1 else None,
        "rows": rows,
        "by_speaker": any(cell["by_speaker"] for row in rows for cell in row["cells"]),
        "comparison": comparison_rows(runs, compared),
        "seeds": seed_rows(over_seeds(runs)),
        "curves": list(_curves(runs)),
        "decision_names": [name for _, name in DECISIONS],
        "decisions": list(_decisions(runs)),
        "conditions": conditions,
        "any_new": any(row["new"] for table in conditions for row in table["rows"]),
        "calibration": list(_calibration(runs)),
        "hardest": _hardest(runs, corpora, examples),
        "training": _training(runs),
        "data": data_rows(runs, [corpus.counts for corpus in corpora]),
        "differences": differences(runs) if len(runs) > 1 else [],
        "settings": [flat(run.config) for run in runs],
        "environments": [flat(run.environment) for run in runs],
        "version": _version(),
    }


def _main_split(run: RunRecord) -> str:
    """Return the split that says most: eval, else dev, else whatever there is."""
    return next((s for s in ("eval", "dev", *run.metrics) if s in run.metrics), "")


def _trained_on(corpora: Sequence[CorpusAtHand]) -> set[str]:
    """Return the attacks that any run has trained on; nothing where a corpus is not at hand."""
    if not all("train" in corpus.counts for corpus in corpora):
        return set()
    return {name for corpus in corpora for name in corpus.counts["train"]["attacks"]}


def _identity(run: RunRecord) -> dict[str, Any]:
    setting = flat(run.config)
    parts = [setting[key] for key in ("model", "front_end", "data") if key in setting]
    corpora = {values["corpus"] for values in run.metrics.values()}
    return {
        "name": run.name,
        "parts": parts,
        "corpora": sorted(corpora),
        "seed": setting.get("seed", "-"),
        "time": str(run.environment.get("time", ""))[:16].replace("T", " "),
    }


# ------------------------------------------------------------------------ pictures
def _curves(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    """Draw the DET curves, all of a split in one picture, and a histogram of each split."""
    if len(runs) == 1:
        together = {"all splits": {s: judged.classes for s, judged in runs[0].judged.items()}}
    else:
        splits = dict.fromkeys(split for run in runs for split in run.judged)
        together = {s: {r.name: r.judged[s].classes for r in runs if s in r.judged} for s in splits}
    for split, systems in together.items():
        if systems:
            caption = f"Detection error trade-off, {split}"
            tall = len(runs) == 1
            yield {"caption": caption, "figure": pictures.det_plot(systems), "tall": tall}
    for run in runs:
        for split, judged in run.judged.items():
            figure = pictures.score_histogram(*judged.classes, judged.metrics["threshold"])
            yield {"caption": f"Scores, {_of(runs, run, split)}", "figure": figure, "tall": False}


def _calibration(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    for run in runs:
        split = _main_split(run)
        if split in run.judged:
            judged, name = run.judged[split], _of(runs, run, split)
            trials = (judged.llr, judged.keys.label)
            figure = pictures.reliability_plot(*trials)
            yield {"caption": f"Reliability, {name}", "figure": figure, "tall": False}
            figure = pictures.error_plot(*trials)
            yield {"caption": f"Error over the prior, {name}", "figure": figure, "tall": False}


def _training(runs: Sequence[RunRecord]) -> dict[str, Any]:
    """Draw the training of all runs into one picture, with the facts of each."""
    trained = {run.name: run.history for run in runs if run.history}
    if not trained:
        return {}
    if len(trained) == 1:
        figure = pictures.training_curves(next(iter(trained.values())))
    else:
        figure = pictures.training_comparison(trained)
    facts = [(name, _training_facts(history)) for name, history in trained.items()]
    return {"caption": "Training by step", "figure": figure, "facts": facts}


def _training_facts(history: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return what a run's history sums up to, as (name, text)."""
    last = history[-1]
    best = [row for row in history if row.get("best")]
    speeds = [row["utterances_per_second"] for row in history if "utterances_per_second" in row]
    waits = [row["wait_share"] for row in history if "wait_share" in row]
    drawn = [row for row in history if "drawn_bonafide" in row]
    minutes, seconds = divmod(round(last["seconds"]), 60)
    facts = [("steps", f"{last['step']:,}"), ("wall time", f"{minutes} min {seconds:02d} s")]
    if best:
        facts.append(("best step on dev", f"{best[-1]['step']:,}"))
    if speeds:
        facts.append(("utterances per second, median", f"{np.median(speeds):,.1f}"))
    if waits:
        facts.append(("device waited for data", f"{np.mean(waits):.1%}"))
    if drawn:
        counts = drawn[-1]
        text = f"{counts['drawn_bonafide']:,} bona fide, {counts['drawn_spoof']:,} spoof"
        facts.append(("drawn", text))
        facts.append(("skipped as unreadable", f"{counts['skipped']:,}"))
    return facts


def _decisions(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    for run in runs:
        for split, values in run.metrics.items():
            yield {
                "run": run.name,
                "split": split,
                "cells": [percent(values[key]) for key, _ in DECISIONS],
                "confusion": values["confusion"],
                "threshold": f"{values['threshold']:.4g}",
                "from": run.decision.get("threshold_from", ""),
            }


def _of(runs: Sequence[RunRecord], run: RunRecord, split: str) -> str:
    return split if len(runs) == 1 else f"{run.name}, {split}"


# ------------------------------------------------------------------------ listening
def _hardest(
    runs: Sequence[RunRecord], corpora: Sequence[CorpusAtHand], number: int
) -> dict[str, Any]:
    """Choose the utterances that the runs, on average, get most wrong, and make them heard."""
    first, split = runs[0], _main_split(runs[0])
    nothing = {"split": split, "groups": [], "runs": [], "why_not": ""}
    if split not in first.judged or number < 1:
        return nothing
    base = first.judged[split]
    chosen = [
        (run, corpus)
        for run, corpus in zip(runs, corpora, strict=True)
        if split in run.judged and same_trials(run.judged[split], base)
    ]
    labels = base.keys.label
    scored = [run.judged[split] for run, _ in chosen]
    far = [margins(judged.score, labels, judged.metrics["threshold"]) for judged in scored]
    found = hardest(far, labels, number)
    corpus = next((c for _, c in chosen if c.listen is not None), chosen[0][1])
    groups = []
    for name, rows in zip(("Bona fide that scores lowest", "Spoofs that score highest"), found,
                          strict=True):  # fmt: skip
        cards = [_card(row, base.keys, far, corpus, split) for row in rows.tolist()]
        groups.append({"name": name, "cards": cards})
    why_not = "" if corpus.listen is not None else corpus.why_not
    return {"split": split, "groups": groups, "runs": [r.name for r, _ in chosen],
            "why_not": why_not}  # fmt: skip


def _card(
    row: int, keys: Any, far: Sequence[np.ndarray], corpus: CorpusAtHand, split: str
) -> dict[str, Any]:
    key = str(keys.ids[row])
    known = [(name, column.at(row)) for name, column in keys.columns.items() if column.names[1:]]
    card: dict[str, Any] = {
        "id": key,
        "bonafide": bool(keys.label[row] == 1),
        "known": [(name, value) for name, value in known if value != "-"],
        "margins": [float(system[row]) for system in far],
        "sound": None,
        "problem": "",
    }
    if corpus.listen is None:
        return card
    try:
        samples = corpus.listen(split, key)
    except SpoofjaxError as error:
        return {**card, "problem": str(error)}
    return {
        **card,
        "sound": flac(samples, corpus.rate),
        "picture": spectrogram(samples, corpus.rate),
        "seconds": len(samples) / corpus.rate,
        "highest": corpus.rate / 2000,
    }


def _version() -> str:
    try:
        return metadata.version("spoofjax")
    except metadata.PackageNotFoundError:
        return ""
