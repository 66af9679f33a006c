"""`spoofjax listen`: verdicts on what a microphone hears."""

from __future__ import annotations

import argparse
from itertools import islice
from pathlib import Path

from spoofjax.commands.live import CHUNK_SECONDS, add_live, open_streams, print_verdicts

SUMMARY = "Give verdicts on what the microphone hears."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        metavar="RUN",
        help="a run folder or an export; without it, the small detector that comes with spoofjax "
        "judges",
    )
    parser.add_argument(
        "--device", help="number of the input, or a part of its name (default: the usual one)"
    )
    parser.add_argument(
        "--seconds", type=float, help="stop after so long (default: at Ctrl-C, with status 130)"
    )
    add_live(parser)


def run(options: argparse.Namespace) -> int:
    """Print verdicts until the time is over; return 3 where nothing could be judged."""
    from spoofjax.audio.microphone import microphone, require_sounddevice

    require_sounddevice()  # before the detector is loaded, which takes seconds
    streams = open_streams(options.folder, options)
    chunks = microphone(streams.rate, CHUNK_SECONDS, options.device)
    most = None if options.seconds is None else max(round(options.seconds / CHUNK_SECONDS), 1)
    return print_verdicts(streams, islice(chunks, most), "microphone", options.json)
