"""`spoofjax evaluate`: score labelled splits with a run's best checkpoint."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.groups import add_by
from spoofjax.commands.progress import announce
from spoofjax.errors import ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.config import Experiment
    from spoofjax.corpora.manifest import Manifest
    from spoofjax.runs.folder import RunFolder

SUMMARY = "Score labelled splits with a run's best checkpoint."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "--split",
        action="append",
        choices=("train", "dev", "eval"),
        help="which split (repeatable; default dev and eval)",
    )
    parser.add_argument(
        "--corpus",
        type=Path,
        metavar="PATH",
        help="evaluate on another corpus: a Python file that defines `data` or `config`, a table, "
        "a protocol, or a folder",
    )
    parser.add_argument(
        "--set-decision",
        action="store_true",
        help="take the run's threshold from the dev split evaluated here, whatever its corpus; "
        "this ends a calibration",
    )
    add_by(parser, "attack, codec and language")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "Options such as --data.root DIR change the corpus. Results on a corpus that the run was "
        "not trained on go to RUN/elsewhere and change none of the run's own."
    )


def run(options: argparse.Namespace) -> int:
    """Evaluate a run on labelled splits."""
    announce(f"reading the corpus for {options.folder}")
    from spoofjax.loading.memory import check_batches
    from spoofjax.runs.folder import RunFolder
    from spoofjax.training.alarms import of_classes

    run = RunFolder(options.folder)
    experiment, manifests = _read_corpus(run, options)
    batch, samples = experiment.evaluation.batch, experiment.clip.evaluate
    check_batches("--evaluation.batch", batch, samples, experiment.front_end, 1)
    if options.set_decision and ("dev" not in manifests or manifests["dev"].missing_classes):
        raise ConfigError("--set-decision needs a dev split with both classes.")
    if options.by:
        # The names are checked first, since an evaluation may take an hour.
        from spoofjax.evaluation.breakdown import check_groups
        from spoofjax.evaluation.keys import Keys

        for manifest in manifests.values():
            check_groups(options.by, Keys.of(manifest).columns)
    for text in of_classes(manifests):
        print(printable(f"ALARM: {text}"), file=sys.stderr)
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.report.lines import group_lines
    from spoofjax.report.localisation import localisation_lines
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.best_checkpoint import evaluate_best, places_of

    places = places_of(run, experiment.data, manifests)
    results = evaluate_best(
        run, experiment, manifests, options.by, places=places, sets_decision=options.set_decision
    )
    print(summary_lines(results))
    for line in localisation_lines(results):
        print(printable(line) if line else line)
    if options.by:
        for title, metrics in results.items():
            print(f"\n{printable(title)}", *group_lines(metrics["by"]), sep="\n")
    for place in places.values():
        if not place.is_own:
            text = f"{place.title}: written to {place.folder}, apart from the run's own results"
            print(printable(text))
    return 0


def _read_corpus(
    run: RunFolder, options: argparse.Namespace
) -> tuple[Experiment, Mapping[str, Manifest]]:
    """Return the run's experiment on the corpus that is asked for, and its splits."""
    from spoofjax import config_files
    from spoofjax.corpora.opening import open_corpus
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.runs.own_corpus import expected_where_it_was

    experiment, splits = run.experiment(), options.split
    if options.corpus is not None:
        corpus, named = open_corpus(options.corpus, splits[0] if splits else "eval")
        experiment, splits = experiment.replace(data=corpus), splits or named
    experiment = config_files.override(
        experiment, options.overrides, program="spoofjax evaluate RUN"
    )
    with expected_where_it_was(run):
        return experiment, chosen_splits(experiment.data, splits)
