"""`spoofjax export`: write a run's detector for other programs."""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.errors import ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.config import Experiment
    from spoofjax.deployment.exporting.utterances import Utterances
    from spoofjax.runs.folder import RunFolder

SUMMARY = "Write a run's detector for other programs: ONNX, StableHLO, safetensors, orbax."
FORMATS = ("onnx", "stablehlo", "safetensors", "orbax")
PRECISIONS = ("float32", "float16", "int8")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument("--out", type=Path, required=True, help="the folder to write")
    parser.add_argument(
        "--to",
        choices=FORMATS,
        help="onnx or stablehlo: a program from waveform to calibrated score; safetensors or "
        "orbax: weights (default: an export for `spoofjax score`, with a StableHLO program from "
        "features to scores)",
    )
    parser.add_argument(
        "--precision",
        choices=PRECISIONS,
        default="float32",
        help="of an ONNX model: float16 halves its size, int8 also computes with integers; what "
        "that changes is measured on dev (default: float32)",
    )
    parser.add_argument(
        "--utterances",
        type=int,
        metavar="N",
        help="with --to: how many utterances of dev the export is checked on (default: 100, or as "
        "many as take 20 seconds)",
    )
    parser.set_defaults(takes_overrides=True)
    parser.epilog = (
        "The export is compared with the run on utterances of the corpus; --data.root DIR says "
        "where it is. An imported run without a corpus is checked on noise."
    )


def run(options: argparse.Namespace) -> int:
    """Export a run's best checkpoint."""
    from spoofjax import config_files
    from spoofjax.cluster.compilation import use_compilation_cache
    from spoofjax.runs.folder import RunFolder

    _check(options)
    run = RunFolder(options.folder)
    experiment = config_files.override(
        run.experiment(), options.overrides, program="spoofjax export RUN"
    )
    use_compilation_cache()
    facts = _export(options, run, experiment)
    print(
        f"{printable(str(options.out))}: checked on {facts['checked_utterances']} "
        f"{facts['checked_on']}, largest difference {facts['largest_difference']:.1e}"
    )
    if "reduced" in facts:
        from spoofjax.deployment.exporting.card import reduced_lines

        print(*reduced_lines(facts), sep="\n")
    if options.to == "onnx":
        print(f"To listen in a browser, after `npm install onnxruntime-web`: {_page(options)}")
    return 0


def _page(options: argparse.Namespace) -> str:
    """Return the command that serves a page which runs the export in the browser."""
    words = ["spoofjax", "serve", str(options.folder), "--onnx", str(options.out)]
    words += ["--onnxruntime-web", "node_modules/onnxruntime-web"]
    return printable(shlex.join(words))


def _check(options: argparse.Namespace) -> None:
    """Raise ConfigError for options that do not go together."""
    if options.precision != "float32" and options.to != "onnx":
        raise ConfigError(f"--precision {options.precision} needs --to onnx.")
    if options.utterances is not None and options.utterances < 1:
        raise ConfigError(f"--utterances must be at least 1, not {options.utterances}.")


def _export(options: argparse.Namespace, run: RunFolder, experiment: Experiment) -> dict[str, Any]:
    """Write the export; return its facts."""
    from spoofjax.deployment.detector import Detector

    if options.to is not None:
        from spoofjax.deployment.exporting.folder import export_as

        utterances = _utterances(run, experiment, options.utterances)
        detector = Detector.load(options.folder)
        return export_as(
            detector, options.folder, options.out, options.to, utterances, options.precision
        )
    from spoofjax.deployment.export import export_run

    with tempfile.TemporaryDirectory() as folder:
        files, what = _files_to_check_on(run, experiment, Path(folder))
        facts = export_run(Detector.load(options.folder), options.folder, files, options.out)
    return {**facts, "checked_on": what}


def _utterances(run: RunFolder, experiment: Experiment, count: int | None) -> Utterances:
    """Return utterances of the run's dev split, or of eval where it has none, or noise."""
    from spoofjax.corpora.readers.none import NoCorpus
    from spoofjax.corpora.splits import chosen_splits
    from spoofjax.deployment.exporting.utterances import noise, utterances_of
    from spoofjax.runs.own_corpus import expected_where_it_was

    if isinstance(experiment.data, NoCorpus):
        return noise(experiment.front_end.rate)
    with expected_where_it_was(run):
        manifests = chosen_splits(experiment.data, None)
    split, manifest = next(iter(manifests.items()))
    return utterances_of(experiment, manifest, split, count)


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
