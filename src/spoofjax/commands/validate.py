"""`spoofjax validate`: what is wrong with a corpus, before any training."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

SUMMARY = "Check a corpus: protocols, files, sound, copies, overlaps, scores against keys."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "corpus", type=Path, metavar="CORPUS", help="a configs/*.py file or an ASVspoof 5 folder"
    )
    parser.add_argument("--split", action="append", choices=("train", "dev", "eval"))
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
    parser.add_argument("--state", type=Path, help="a file to keep progress in, to go on from")
    parser.add_argument("--json", action="store_true", help="the findings as one JSON object")
    parser.set_defaults(takes_overrides=True)


def run(options: argparse.Namespace) -> int:
    """Validate; 0 where nothing is wrong, 1 where something is."""
    import json

    from spoofjax.corpora.packing.packing_command import corpus_of
    from spoofjax.corpora.validation.validation import validate
    from spoofjax.errors import ConfigError

    scores = dict(item.partition("=")[::2] for item in options.scores)
    if not all(scores.values()):
        raise ConfigError("--scores takes SPLIT=FILE, for example --scores dev=scores.tsv.")
    findings = validate(
        corpus_of(options.corpus, options.overrides)[0],
        splits=options.split,
        release=options.release,
        scores=scores,
        rate=options.rate,
        audio=not options.no_audio,
        workers=options.workers,
        progress=_progress if sys.stderr.isatty() else None,
        state=options.state,
    )
    print(json.dumps(findings.to_json()) if options.json else findings.summary())
    return findings.status


def _progress(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done:,} of {total:,} files", end=end, file=sys.stderr, flush=True)
