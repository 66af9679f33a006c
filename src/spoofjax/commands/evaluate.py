"""`spoofjax evaluate`: score labelled splits with a run's best checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

from spoofjax.commands.groups import add_by

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
    add_by(parser, "attack and codec")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = "Options such as --data.root DIR evaluate on another corpus."


def run(options: argparse.Namespace) -> int:
    """Evaluate a run on labelled splits."""
    from spoofjax import config_files
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.runs.folder import RunFolder

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax evaluate RUN"
    )
    manifests = chosen_splits(experiment.data, options.split)
    if options.by:
        # The names are checked first, since an evaluation may take an hour.
        from spoofjax.evaluation.breakdown import check_groups
        from spoofjax.evaluation.keys import Keys

        for manifest in manifests.values():
            check_groups(options.by, Keys.of(manifest).columns)
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.report.lines import group_lines
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.best_checkpoint import evaluate_best

    results = evaluate_best(run, experiment, manifests, options.by)
    print(summary_lines(results))
    if options.by:
        for split, metrics in results.items():
            print(f"\n{split}", *group_lines(metrics["by"]), sep="\n")
    return 0
