"""`spoofjax average`: the average of a run's checkpoints, as a run of its own."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Average the weights of a run's best or last checkpoints."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--best",
        type=int,
        metavar="K",
        help="the K newest of those that were the best so far (train with --checkpoints.keep-best)",
    )
    which.add_argument(
        "--last", type=int, metavar="K", help="the K newest (train with --checkpoints.keep)"
    )
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "The statistics of batch norm are estimated again on 50 training batches, and the average "
        "is evaluated on the corpus of the run; --data.root DIR says where that is now."
    )


def run(options: argparse.Namespace) -> int:
    """Write the average and print its results."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.corpora.splits import training_splits
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.own_corpus import expected_where_it_was

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax average RUN"
    )
    with expected_where_it_was(run):
        manifests = training_splits(experiment.data)
    use_compilation_cache()
    from spoofjax.report.markdown import summary_lines
    from spoofjax.training.averaging import write_average

    which = "best" if options.best is not None else "last"
    count = options.best if options.best is not None else options.last
    steps, results = write_average(run, experiment, manifests, which, count, options.out)
    print(f"average of the checkpoints of steps {', '.join(map(str, steps))}")
    print(summary_lines(results))
    return 0
