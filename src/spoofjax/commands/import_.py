"""`spoofjax import`: make a run from the published weights of a detector."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spoofjax.errors import ConfigError, printable

if TYPE_CHECKING:
    from spoofjax.config import Experiment

SUMMARY = "Make a run from the published weights of a detector, such as AASIST."
WHOLE = (64_600, 129_200, 258_400, 516_800)
"""Buckets of whole utterances, in samples; the longest one is cut to 32 seconds."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("file", type=Path, metavar="FILE", help="a .pth, .pt or .safetensors file")
    parser.add_argument(
        "--as",
        dest="architecture",
        metavar="NAME",
        required=True,
        help="the detector: aasist, aasist_l, rawnet2 (ASVspoof 2021), rawnet2_asvspoof5, "
        "rawgat_st (fusion by products), rawgat_st_add, rawgat_st_cat, lfcc_lcnn_blstm, "
        "ssl_aasist, nes2net (XLS-R, trained on ASVspoof 2019 LA), nes2net_asvspoof5 (WavLM)",
    )
    parser.add_argument("--out", type=Path, required=True, help="the run folder to write")
    parser.add_argument(
        "--corpus",
        type=Path,
        metavar="PATH",
        help="the corpus that the run counts as its own, as in `spoofjax evaluate --corpus`",
    )
    parser.add_argument(
        "--whole-utterances",
        action="store_true",
        help="score whole utterances, up to 32 seconds (lfcc_lcnn_blstm, nes2net; default: the "
        "first 64,600 samples, repeated where an utterance is shorter)",
    )
    parser.epilog = (
        "The run scores, evaluates, exports, and starts a training (--init-from). It is not "
        "calibrated: `spoofjax evaluate RUN --corpus PATH`, then `spoofjax calibrate RUN --on NAME "
        "--set-decision`."
    )


def run(options: argparse.Namespace) -> int:
    """Import one file."""
    from spoofjax.deployment.importing.architectures import ARCHITECTURES
    from spoofjax.errors import nearest

    architecture = ARCHITECTURES.get(options.architecture)
    if architecture is None:
        names = ", ".join(ARCHITECTURES)
        raise ConfigError(
            f"There is no architecture {options.architecture!r} to import as: {names}."
            + nearest(options.architecture, ARCHITECTURES)
        )
    if options.whole_utterances and not architecture.hears_whole:
        raise ConfigError(f"{options.architecture} takes clips of one length only.")
    experiment = _experiment(architecture.config, options)
    from spoofjax.deployment.importing.imported_run import import_weights

    facts = import_weights(
        options.file, options.architecture, architecture, experiment, options.out
    )
    print(*_lines(facts, options.out), sep="\n")
    return 0


def _experiment(config: str, options: argparse.Namespace) -> Experiment:
    """Return the shipped experiment on the corpus that is asked for, or on none."""
    from spoofjax.config import Clip
    from spoofjax.config_files import load_config
    from spoofjax.corpora.opening import open_corpus
    from spoofjax.corpora.readers.none import NoCorpus

    corpus = NoCorpus() if options.corpus is None else open_corpus(options.corpus)[0]
    experiment = load_config(config).replace(data=corpus)
    if options.whole_utterances:
        experiment = experiment.replace(clip=Clip(short="pad", buckets=WHOLE))
    return experiment


def _lines(facts: dict[str, Any], out: Path) -> list[str]:
    """Return what was imported, what was left out, and what to do next."""
    folder = printable(str(out))
    lines = [f"{folder}: {facts['as']}, {facts['parameters']:,} parameters"]
    if facts["unused"]:
        lines.append(
            f"left out: {len(facts['unused'])} tensors that the published network does not use "
            f"({facts['unused'][0]}, ...), listed in import.json"
        )
    lines.append(
        f"not calibrated: `spoofjax evaluate {folder} --corpus PATH`, then `spoofjax calibrate "
        f"{folder} --on NAME --set-decision`"
    )
    return lines
