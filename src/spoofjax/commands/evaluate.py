"""`spoofjax evaluate`: score labelled splits with a run's best checkpoint."""

from __future__ import annotations

import argparse
from pathlib import Path

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
    parser.set_defaults(takes_overrides=True)
    parser.epilog = "--data.root DIR and the other fields of the corpus evaluate on another one."


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
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.evaluate import evaluate_best

    print(summary_lines(evaluate_best(run, experiment, manifests)))
    return 0
