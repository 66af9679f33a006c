"""`spoofjax report`: one run or several as a self-contained page, and each as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.explanations import add_explain_by
from spoofjax.commands.groups import add_by
from spoofjax.errors import printable

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure

    from spoofjax.deployment.explaining.methods import Method
    from spoofjax.report.listening import Draw

SUMMARY = "Write one self-contained HTML page on a run, or on several side by side."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="RUN",
        help="run folders; the others are compared with the first",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="PAGE.html | DIR",
        help="write only this page, or page and report.md to this folder; the runs may be "
        "read-only (default: RUN/report/report.html, or comparison.html, and each RUN's report.md)",
    )
    parser.add_argument(
        "--resamples",
        type=int,
        default=1000,
        help="resamples of the bootstrap (default 1000; 0: no intervals)",
    )
    parser.add_argument(
        "--examples", type=int, default=12, choices=range(13), metavar="N",
        help="how many utterances to play (0 to 12, default 12)",
    )  # fmt: skip
    parser.add_argument(
        "--explain", type=int, default=0, choices=range(7), metavar="N",
        help="draw which times and frequencies the first run's verdict follows from, for the N "
        "hardest utterances of each class; takes seconds for each (0 to 6, default 0)",
    )  # fmt: skip
    add_explain_by(parser)
    add_by(parser, "the groups of the last evaluation")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = "--data.root DIR says where the corpus is now, whose utterances the page plays."


def run(options: argparse.Namespace) -> int:
    """Write the page, and the report.md of every run with intervals."""
    from dataclasses import replace

    from spoofjax.report.corpus import corpus_at_hand
    from spoofjax.report.markdown import write_markdown
    from spoofjax.report.numbers import grouped, spread
    from spoofjax.report.page import write_html
    from spoofjax.runs.record import RunRecord, distinct_names

    names = distinct_names(options.folders)
    runs = [RunRecord.read(folder) for folder in options.folders]
    if options.by:
        runs = [grouped(run, options.by) for run in runs]
    corpora = [corpus_at_hand(folder, options.overrides) for folder in options.folders]
    spreads = [
        {split: spread(scored, options.resamples) for split, scored in run.scored.items()}
        for run in runs
    ]
    page, folders = _places(options.out, [run.folder for run in runs], names)
    for run, by_split, folder in zip(runs, spreads, folders, strict=False):
        intervals = {split: bounds.utterances for split, bounds in by_split.items()}
        write_markdown(run, intervals, folder)
    page = write_html(
        page,
        [replace(run, name=name) for run, name in zip(runs, names, strict=True)],
        corpora,
        spreads,
        resamples=options.resamples,
        examples=max(options.examples, 2 * options.explain),
        draw=_explainer(options.folders[0], options.explain_by) if options.explain else None,
        pictures=options.explain,
    )
    print(f"{printable(str(page))} ({page.stat().st_size / 1e6:.1f} MB)")
    return 0


def _explainer(folder: Path, method: Method) -> Draw:
    """Return what draws explanations of the verdicts of a run.

    Raises ConfigError for a detector that the method cannot explain.
    """
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.explaining.explainer import Explainer
    from spoofjax.report.pictures import explanation_plot

    explainer = Explainer(Detector.load(folder), method=method)

    def draw(samples: np.ndarray, title: str) -> Figure:
        return explanation_plot(explainer.explain(samples, occludes=False), title)

    return draw


def _places(
    out: Path | None, runs: Sequence[Path], names: Sequence[str]
) -> tuple[Path, list[Path]]:
    """Return the path of the page, and the folder of each run's report.md, if any are written."""
    from spoofjax.runs.folder import RunFolder

    page = RunFolder(runs[0]).page
    if out is None:
        folders = [RunFolder(run).report for run in runs]
        return (page if len(runs) == 1 else Path("comparison.html")), folders
    if out.suffix in (".html", ".htm") and not out.is_dir():
        return out, []
    if len(runs) == 1:
        return out / page.name, [out]
    return out / "comparison.html", [out / name for name in names]
