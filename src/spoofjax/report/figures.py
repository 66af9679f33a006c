"""The figures of a page, each with its caption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from spoofjax.report import pictures
from spoofjax.report.numbers import main_split
from spoofjax.report.tracing import tracing_figures
from spoofjax.runs.record import RunRecord

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def curves(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    """Yield the DET curves and a histogram of the scores of each run and split.

    The curves of one run share a figure; with several runs, each split has a figure in which the
    runs are compared.
    """
    if len(runs) == 1:
        by_split = {split: scored.classes for split, scored in runs[0].scored.items()}
        plots = {"all splits": by_split}
    else:
        plots = {
            split: {run.name: run.scored[split].classes for run in runs if split in run.scored}
            for split in dict.fromkeys(split for run in runs for split in run.scored)
        }
    for title, systems in plots.items():
        if systems:
            caption = f"Detection error trade-off, {title}"
            yield _figure(caption, pictures.det_plot(systems), is_tall=len(runs) == 1)
    for run in runs:
        for split, scored in run.scored.items():
            figure = pictures.score_histogram(*scored.classes, scored.metrics["threshold"])
            yield _figure(f"Scores, {_title(runs, run, split)}", figure)


def calibration(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    """Yield two figures of each run that show how well its LLRs are calibrated."""
    for run in runs:
        split = main_split(run)
        if split in run.scored:
            scored, title = run.scored[split], _title(runs, run, split)
            trials = (scored.llr, scored.keys.label)
            yield _figure(f"Reliability, {title}", pictures.reliability_plot(*trials))
            yield _figure(f"Error over the prior, {title}", pictures.error_plot(*trials))


def traced(runs: Sequence[RunRecord]) -> Iterator[dict[str, Any]]:
    """Yield the figures of traced attacks of each run and split."""
    for run in runs:
        for split in run.metrics:
            for _, caption, figure in tracing_figures(run, split):
                named = caption if len(runs) == 1 else f"{caption} ({run.name})"
                yield _figure(named, figure, is_tall=True)


def _figure(caption: str, figure: Figure, is_tall: bool = False) -> dict[str, Any]:
    return {"caption": caption, "figure": figure, "tall": is_tall}


def _title(runs: Sequence[RunRecord], run: RunRecord, split: str) -> str:
    """Return the split, with the name of the run where there are several."""
    return split if len(runs) == 1 else f"{run.name}, {split}"
