"""`spoofjax validate`: what is wrong with a corpus, before any training."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.corpus_argument import add_corpus_argument, load_corpus
from spoofjax.commands.progress import progress_on_terminal

if TYPE_CHECKING:
    from spoofjax.config import Corpus
    from spoofjax.corpora.validation.report import Report

SUMMARY = "Check a corpus: protocols, files, sound, copies, overlaps, scores against keys."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    add_corpus_argument(parser)
    parser.add_argument(
        "--split", action="append", choices=("train", "dev", "eval"), help="repeatable; default all"
    )
    parser.add_argument("--release", help="compare counts and md5 with this published release")
    parser.add_argument(
        "--scores",
        action="append",
        default=[],
        metavar="SPLIT=FILE",
        help="a score file whose utterances must be the split's (repeatable)",
    )
    parser.add_argument("--rate", type=int, help="expected samples per second")
    parser.add_argument("--no-audio", action="store_true", help="do not open the audio files")
    parser.add_argument(
        "--cues",
        action="store_true",
        help="also probe whether level, length, silence, noise, bandwidth, DC offset or average "
        "spectrum tells spoofs from bona fide (up to 400 utterances of each class)",
    )
    parser.add_argument(
        "--detector",
        type=Path,
        metavar="RUN",
        help="also report the EER of this run or export on the spoofs: too crude, or inverted?",
    )
    parser.add_argument("--workers", type=int, help="how many files to read at a time")
    parser.add_argument(
        "--state", type=Path, help="a file that keeps the progress of an interrupted check"
    )
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(options: argparse.Namespace) -> int:
    """Validate; 0 where nothing is wrong, 1 where something is."""
    import json

    from spoofjax.corpora.validation.validation import validate
    from spoofjax.errors import ConfigError

    scores = dict(item.partition("=")[::2] for item in options.scores)
    if not all(scores.values()):
        raise ConfigError("--scores takes SPLIT=FILE, for example --scores dev=scores.tsv.")
    corpus, rate = load_corpus(options.corpus, options.overrides)
    report = validate(
        corpus,
        splits=options.split,
        release=options.release,
        scores=scores,
        rate=options.rate,
        audio=not options.no_audio,
        workers=options.workers,
        progress=progress_on_terminal(),
        state=options.state,
    )
    if options.cues or options.detector is not None:
        _guard(corpus, rate, options, report)
    print(json.dumps(report.to_json()) if options.json else report.summary())
    return report.status


def _guard(corpus: Corpus, rate: int, options: argparse.Namespace, report: Report) -> None:
    """Add what the guards say of the splits that could be read without an error."""
    from spoofjax.errors import CorpusError

    manifests = {}
    for split in report.splits:
        try:
            manifests[split] = corpus.manifest(split)
        except CorpusError as error:
            report.add("note", "cues", split, f"cues were not probed: {error}", "")
    if options.cues:
        from spoofjax.guards.checking import check_cues

        check_cues(manifests, options.rate or rate, report)
    if options.detector is not None:
        from spoofjax.deployment.detector import Detector
        from spoofjax.guards.against_detector import check_detector

        check_detector(manifests, Detector.load(options.detector), str(options.detector), report)
