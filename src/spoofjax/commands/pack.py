"""`spoofjax pack`: decode a corpus once into shards."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Decode a corpus once into shards that training reads many times faster than FLAC."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "corpus", type=Path, metavar="CORPUS", help="a configs/*.py file or an ASVspoof 5 folder"
    )
    parser.add_argument("--out", type=Path, required=True, help="the folder to write or go on with")
    parser.add_argument("--format", choices=("arrayrecord", "npy"), default="arrayrecord")
    parser.add_argument(
        "--split", action="append", choices=("train", "dev", "eval"), help="repeatable; default all"
    )
    parser.add_argument("--rate", type=int, help="samples per second (default the configuration's)")
    parser.add_argument("--resample", action="store_true", help="bring files of other rates to it")
    parser.add_argument(
        "--on-error", choices=("stop", "skip"), default="stop", help="unreadable files"
    )
    parser.add_argument("--shard-rows", type=int, default=1024, help="utterances per shard")
    parser.add_argument("--shard-index", type=int, default=0, help="this job of an array, from 0")
    parser.add_argument("--shard-count", type=int, default=1, help="jobs in the array")
    parser.add_argument("--threads", type=int, help="threads that decode (default one per core)")
    parser.add_argument(
        "--verify", action="store_true", help="compare checksums; mend what differs"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress, only the result")
    parser.set_defaults(takes_overrides=True)


def run(options: argparse.Namespace) -> int:
    """Pack a corpus; 3 where some files could not be read."""
    from spoofjax.corpora.packing.packing_command import run as pack

    return pack(options)
