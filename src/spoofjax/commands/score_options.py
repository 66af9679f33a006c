"""The options of `spoofjax score`."""

from __future__ import annotations

import argparse
from pathlib import Path

from spoofjax.commands.explanations import add_explain
from spoofjax.commands.share import add_share
from spoofjax.commands.threads import add_threads
from spoofjax.evaluation.pooling import POOLINGS


def add_input(parser: argparse.ArgumentParser) -> None:
    """Declare what is heard of which files."""
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="[RUN] FILE",
        help="a run folder or an export, then audio files, folders or packed corpora; - reads "
        "samples without a header from standard input; without RUN, the small detector that comes "
        "with spoofjax judges",
    )
    parser.add_argument(
        "--pooling",
        choices=POOLINGS,
        help="how the scores of a file's windows become its own: the mean of all, of the lower "
        "half, the lowest, or that of the start alone, as in evaluation (default: that of the "
        "decision, else mean)",
    )
    parser.add_argument(
        "--hop", type=float, metavar="SECONDS", help="between windows (default: half a window)"
    )
    parser.add_argument(
        "--average",
        type=int,
        default=1,
        metavar="N",
        help="score each window as the mean over itself and N - 1 lightly changed copies, which "
        "takes N times as long (default 1)",
    )
    add_encoding(parser)
    add_share(parser)
    add_threads(parser, "read and compute features")


def add_encoding(parser: argparse.ArgumentParser) -> None:
    """Declare what samples without a header are."""
    parser.add_argument("--rate", type=int, metavar="HZ", help="of -: samples per second")
    parser.add_argument(
        "--encoding",
        choices=("s16le", "s16be", "s32le", "f32le", "u8", "mulaw", "alaw"),
        default="s16le",
        help="of -: how the samples of its one channel are written (default s16le)",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """Declare what is written, and where."""
    parser.add_argument("--json", action="store_true", help="the same as --format jsonl")
    parser.add_argument(
        "--format",
        choices=("text", "jsonl", "json", "csv", "tsv", "parquet"),
        help="lines for people (default), one JSON object per file, an array of them, or a table; "
        "parquet needs --out",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the rows to this file; its suffix means the format",
    )
    parser.add_argument(
        "--resume", action="store_true", help="score only files that have no row in --out yet"
    )
    parser.add_argument(
        "--timeline",
        action="store_true",
        help="add the scores of all windows, in text as a strip of P(spoof) over time",
    )
    parser.add_argument(
        "--pictures", type=Path, metavar="DIR", help="draw P(spoof) over time, a PNG per file"
    )
    add_explain(parser)
    parser.add_argument("--quiet", action="store_true", help="no progress")


def add_rule(parser: argparse.ArgumentParser) -> None:
    """Declare what the verdict follows from."""
    parser.add_argument(
        "--prior",
        type=float,
        help="P(bona fide) before listening (default: that of `spoofjax calibrate`, else 0.5)",
    )
    parser.add_argument(
        "--cost-miss",
        type=float,
        help="cost of rejecting bona fide speech (default: that of `spoofjax calibrate`, else 1)",
    )
    parser.add_argument(
        "--cost-false-alarm",
        type=float,
        help="cost of accepting a spoof (default: that of `spoofjax calibrate`, else 1)",
    )
    parser.add_argument(
        "--threshold",
        type=float,
        metavar="LLR",
        help="call a file bona fide from this log-likelihood ratio, instead of costs",
    )
