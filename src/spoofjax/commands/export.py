"""`spoofjax export`: write a run's detector as safetensors, JSON and StableHLO."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Write a run's detector as safetensors, JSON and StableHLO."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "The export is checked on 8 utterances of the corpus; --data.root DIR says where it is now."
    )


def run(options: argparse.Namespace) -> int:
    """Export a run's best checkpoint."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.runs.folder import RunFolder
    from spoofjax.runs.own_corpus import expected_where_it_was

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax export RUN"
    )
    with expected_where_it_was(run):
        manifests = chosen_splits(experiment.data, None)
    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.export import CHECKED_UTTERANCES, export_run
    from spoofjax.errors import printable

    manifest = next(iter(manifests.values()))
    files = [manifest.path(row) for row in range(min(CHECKED_UTTERANCES, len(manifest)))]
    facts = export_run(Detector.load(options.folder), options.folder, files, options.out)
    print(
        f"{printable(str(options.out))}: checked on {facts['checked_utterances']} utterances, "
        f"largest difference {facts['largest_difference']:.1e}"
    )
    return 0
