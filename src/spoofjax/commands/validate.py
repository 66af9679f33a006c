"""`spoofjax validate`: what is wrong with a corpus, before any training."""

from __future__ import annotations

import argparse
from pathlib import Path

from spoofjax.commands.corpus_argument import add_corpus_argument, load_corpus
from spoofjax.commands.progress import progress_on_terminal

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
    report = validate(
        load_corpus(options.corpus, options.overrides)[0],
        splits=options.split,
        release=options.release,
        scores=scores,
        rate=options.rate,
        audio=not options.no_audio,
        workers=options.workers,
        progress=progress_on_terminal(),
        state=options.state,
    )
    print(json.dumps(report.to_json()) if options.json else report.summary())
    return report.status
