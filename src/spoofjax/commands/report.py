"""`spoofjax report`: one or several runs as a page that stands alone, and as Markdown."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spoofjax.report.page import CorpusAtHand

from spoofjax.commands.groups import add_by

SUMMARY = "Write one self-contained HTML page on a run, or on several side by side."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="RUN", help="run folders, the first is compared to"
    )
    parser.add_argument(
        "--out", type=Path, help="the page (default RUN/report/report.html, or comparison.html)"
    )
    parser.add_argument("--resamples", type=int, default=1000, help="of the bootstrap; 0: none")
    parser.add_argument(
        "--examples", type=int, default=12, choices=range(13), metavar="N",
        help="how many utterances to play (0 to 12, default 12)",
    )  # fmt: skip
    add_by(parser, "the groups of the last evaluation")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = "--data.root DIR says where the corpus lies now, for the players."


def run(options: argparse.Namespace) -> int:
    """Write the page, and the report.md of every run with intervals."""
    from dataclasses import replace

    from spoofjax.report.markdown import write_markdown
    from spoofjax.report.numbers import grouped, spread
    from spoofjax.report.page import write_html
    from spoofjax.runs.record import RunRecord, distinct_names

    names = distinct_names(options.folders)
    runs = [RunRecord.read(folder) for folder in options.folders]
    if options.by:
        runs = [grouped(run, options.by) for run in runs]
    corpora = [corpus_at_hand(folder, options.overrides) for folder in options.folders]
    spreads = [{s: spread(j, options.resamples) for s, j in run.judged.items()} for run in runs]
    for record, around in zip(runs, spreads, strict=True):
        write_markdown(record, {split: found.utterances for split, found in around.items()})
    out = options.out
    if out is None:
        from spoofjax.runs.folder import RunFolder

        out = RunFolder(runs[0].folder).page if len(runs) == 1 else "comparison.html"
    page = write_html(
        Path(out),
        [replace(record, name=name) for record, name in zip(runs, names, strict=True)],
        corpora,
        spreads,
        resamples=options.resamples,
        examples=options.examples,
    )
    print(f"{page} ({page.stat().st_size / 1e6:.1f} MB)")
    return 0


def corpus_at_hand(folder: Path, overrides: Sequence[str]) -> CorpusAtHand:
    """Return what the corpus of a run can still tell; a corpus that is gone is no error."""
    import numpy as np

    from spoofjax import config_files
    from spoofjax.errors import SpoofjaxError
    from spoofjax.loading.sources import source_of
    from spoofjax.report.page import CorpusAtHand
    from spoofjax.runs.folder import RunFolder

    try:
        experiment = config_files.override(
            RunFolder(folder).experiment(), overrides, program="spoofjax report RUN"
        )
        # Where nothing is left, asking for eval gives the corpus's own words on what is missing.
        there = experiment.data.splits() or ("eval",)
        manifests = {name: experiment.data.manifest(name) for name in there}
    except SpoofjaxError as error:
        return CorpusAtHand(why_not=f"The corpus of this run is not at hand: {error}")
    rate, longest = experiment.front_end.rate, experiment.clip.evaluate
    rows = {
        name: {key: row for row, key in enumerate(manifest.keys().tolist())}
        for name, manifest in manifests.items()
    }

    def listen(split: str, key: str) -> np.ndarray:
        if key not in rows.get(split, {}):
            raise SpoofjaxError(f"The corpus of this run has no {key} in {split}.")
        source = source_of(manifests[split], rate)
        try:
            clip = np.zeros(longest, np.float32)
            return clip[: source.first_clip(rows[split][key], clip, "pad")]
        finally:
            source.close()

    return CorpusAtHand({n: m.counts() for n, m in manifests.items()}, listen, rate)
