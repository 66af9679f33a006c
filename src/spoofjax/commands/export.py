"""`spoofjax export`: write a run's detector as safetensors, JSON and StableHLO."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spoofjax.config import Experiment
    from spoofjax.runs.folder import RunFolder

SUMMARY = "Write a run's detector as safetensors, JSON and StableHLO."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "The export is checked on 8 utterances of the corpus; --data.root DIR says where it is. "
        "An imported run without a corpus is checked on noise."
    )


def run(options: argparse.Namespace) -> int:
    """Export a run's best checkpoint."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.runs.folder import RunFolder

    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax export RUN"
    )
    with tempfile.TemporaryDirectory() as folder:
        files, what = _files_to_check_on(run, experiment, Path(folder))
        use_compilation_cache()
        from spoofjax.deployment.detector import Detector
        from spoofjax.deployment.export import export_run
        from spoofjax.errors import printable

        facts = export_run(Detector.load(options.folder), options.folder, files, options.out)
    print(
        f"{printable(str(options.out))}: checked on {facts['checked_utterances']} {what}, "
        f"largest difference {facts['largest_difference']:.1e}"
    )
    return 0


def _files_to_check_on(
    run: RunFolder, experiment: Experiment, folder: Path
) -> tuple[list[str], str]:
    """Return utterances of the run's corpus, and what they are.

    For an imported run, which has no corpus, they are clips of noise, written to `folder`.
    """
    from spoofjax.corpora.readers.none import NoCorpus
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.deployment.export import CHECKED_UTTERANCES
    from spoofjax.runs.own_corpus import expected_where_it_was

    if isinstance(experiment.data, NoCorpus):
        return _noise(folder, CHECKED_UTTERANCES, experiment.front_end.rate), "clips of noise"
    with expected_where_it_was(run):
        manifests = chosen_splits(experiment.data, None)
    manifest = next(iter(manifests.values()))
    rows = range(min(CHECKED_UTTERANCES, len(manifest)))
    return [manifest.path(row) for row in rows], "utterances"


def _noise(folder: Path, count: int, rate: int) -> list[str]:
    """Write `count` WAV files of two to five seconds of noise; return their paths."""
    import numpy as np
    import soundfile

    generator = np.random.default_rng(0)
    paths = []
    for number in range(count):
        samples = generator.normal(0, 0.1, rate * (2 + number % 4)).clip(-1, 1)
        paths.append(str(folder / f"noise-{number}.wav"))
        soundfile.write(paths[-1], samples, rate)
    return paths
