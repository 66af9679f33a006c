"""`spoofjax ensemble`: several finished runs as one detector."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Make one detector of several finished runs: the mean of their scores, calibrated."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folders", type=Path, nargs="+", metavar="RUN", help="finished runs")
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "The runs hear the same clips; their models and front ends may differ. The ensemble "
        "is evaluated and calibrated on the corpus of the first; --data.root DIR says where that "
        "is now. `score`, `evaluate` and `export` take the ensemble as they take a run."
    )


def run(options: argparse.Namespace) -> int:
    """Write the ensemble and print its results."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.corpora.splits import training_splits
    from spoofjax.errors import ConfigError
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.own_corpus import expected_where_it_was

    if len(options.folders) < 2:
        raise ConfigError("An ensemble needs at least two runs.")
    from spoofjax.training.ensembles import ensemble_of, write_ensemble

    first = RunFolder(options.folders[0])
    own = config_files.override(
        first.experiment(), options.overrides, program="spoofjax ensemble RUN..."
    )
    others = {path: RunFolder(path).experiment() for path in options.folders[1:]}
    experiment = ensemble_of({first.path: own, **others})
    with expected_where_it_was(first):
        manifests = training_splits(experiment.data)
    use_compilation_cache()
    from spoofjax.report.markdown import summary_lines

    print(summary_lines(write_ensemble(options.folders, experiment, manifests, options.out)))
    return 0
