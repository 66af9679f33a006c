"""What a report says of runs that trace attacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spoofjax.runs.record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MEASURES = (
    ("accuracy", "accuracy", "{:.2%}"),
    ("macro_f1", "macro-F1", "{:.3f}"),
    ("rejection_auroc", "AUROC known / unknown", "{:.3f}"),
    ("known_rejected", "known called unknown", "{:.2%}"),
    ("unknown_rejected", "unknown called unknown", "{:.2%}"),
)
"""The numbers of traced attacks: key in the metrics of a split, name and format."""
NOTE = (
    "Accuracy and macro-F1 are those of the likeliest attack over the spoofs of known attacks, "
    "those of training. AUROC is the probability that such a spoof scores above one of an "
    "unknown attack; the threshold on the score comes from dev."
)
SCORES = {
    "distance": "The score says how much nearer the embedding lies to the nearest attack of "
    "training than to bona fide speech.",
    "logit": "The score is the largest logit, as in runs of earlier versions; `spoofjax evaluate "
    "RUN` replaces it by a distance where the training split is at hand.",
}
"""What the score is, by what the metrics of a split say."""


def tracing_cells(tracing: Mapping[str, Any]) -> list[str]:
    """Return the numbers of `MEASURES` as text; '-' where one cannot be measured."""
    return ["-" if tracing[key] is None else text.format(tracing[key]) for key, _, text in MEASURES]


def tracing_lines(results: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yield a line for a terminal about every split whose attacks were traced."""
    for split, metrics in results.items():
        if "tracing" in metrics:
            tracing = metrics["tracing"]
            names = (name for _, name, _ in MEASURES)
            numbers = zip(names, tracing_cells(tracing), strict=True)
            facts = "  ".join(f"{name} {cell}" for name, cell in numbers if cell != "-")
            counts = f"{tracing['known']} known, {tracing['unknown']} unknown"
            yield f"attacks, {split}: {facts}  ({counts}; rejection by {_kind(tracing)})"


def tracing_rows(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return a row of numbers for every run and split whose attacks were traced."""
    return [
        {
            "run": run.name,
            "split": split,
            "known": values["tracing"]["known"],
            "unknown": values["tracing"]["unknown"],
            "cells": tracing_cells(values["tracing"]),
        }
        for run in runs
        for split, values in run.metrics.items()
        if "tracing" in values
    ]


def tracing_note(runs: Sequence[RunRecord]) -> str:
    """Return what the numbers of `tracing_rows` mean."""
    tracings = [m["tracing"] for run in runs for m in run.metrics.values() if "tracing" in m]
    kinds = {_kind(tracing) for tracing in tracings}
    return " ".join((NOTE, *(text for kind, text in SCORES.items() if kind in kinds)))


def _kind(tracing: Mapping[str, Any]) -> str:
    """Return what the score is; the metrics of earlier versions do not say it."""
    return tracing.get("score", "logit")


def confusion_table(tracing: Mapping[str, Any]) -> tuple[list[str], list[list[Any]]]:
    """Return the head and the rows of the table of a split: counts of utterances by attack."""
    head = ["attack", *tracing["attacks"], "called unknown", "utterances", "recall", "F1"]
    rows = []
    for row in tracing["rows"]:
        scores = ["-" if row[key] is None else f"{row[key]:.3f}" for key in ("recall", "f1")]
        name = row["attack"] if row["is_known"] else f"{row['attack']} (new)"
        counts = [row["likeliest"][attack] for attack in tracing["attacks"]]
        rows.append([name, *counts, row["rejected"], row["utterances"], *scores])
    return head, rows


def tracing_figures(run: RunRecord, split: str) -> Iterator[tuple[str, str, Figure]]:
    """Yield (short name, caption, figure) of a split whose attacks were traced."""
    from spoofjax.report import pictures

    tracing = run.metrics[split].get("tracing")
    if tracing is None:
        return
    if tracing["rows"]:
        yield "attribution", f"Attacks taken for, {split}", pictures.attribution_plot(tracing)
    scored = run.scored.get(split)
    if scored is not None and scored.attributions is not None:
        names = scored.keys.columns["attack"].values()
        placed = (scored.attributions.plane, scored.keys.label, names)
        figure = pictures.embedding_map(*placed, tracing["attacks"])
        yield "embeddings", f"Map of embeddings, {split}", figure
