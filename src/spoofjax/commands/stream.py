"""`spoofjax stream`: verdicts on audio while it arrives, or on a file as if it did."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.live import CHUNK_SECONDS, add_live, open_streams, print_verdicts
from spoofjax.commands.run_argument import split_run
from spoofjax.commands.score_options import add_encoding
from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.audio.blocks import Recording

SUMMARY = "Give verdicts on audio while it arrives."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.usage = "%(prog)s [options] [RUN] SOURCE"
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="[RUN] SOURCE",
        help="a run folder or an export, then an audio file, or - for samples without a header on "
        "standard input; without RUN, the small detector that comes with spoofjax judges",
    )
    add_encoding(parser)
    parser.add_argument(
        "--real-time", action="store_true", help="take a file no faster than it plays"
    )
    add_live(parser)


def run(options: argparse.Namespace) -> int:
    """Print verdicts to the end of the source; return 3 where nothing could be judged."""
    folder, sources = split_run(options.paths)
    if len(sources) != 1:
        raise ConfigError("Name one source: an audio file, or - for standard input.")
    [source] = sources
    if str(source) == "-" and options.rate is None:
        raise ConfigError("- reads samples without a header and needs their --rate.")
    streams = open_streams(folder, options)
    with _opened(source, streams.rate, options) as recording:
        chunks: Iterable[np.ndarray] = (block.samples for block in recording)
        if options.real_time:
            chunks = _in_real_time(chunks, streams.rate)
        return print_verdicts(streams, chunks, recording.name, options.json)


def _opened(source: Path, rate: int, options: argparse.Namespace) -> Recording:
    from spoofjax.audio.blocks import Recording, open_recording
    from spoofjax.audio.pcm import PcmSound

    if str(source) != "-":
        return open_recording(source, rate)
    sound = PcmSound(sys.stdin.buffer, options.rate, options.encoding, "standard input")
    return Recording(sound, rate, CHUNK_SECONDS)


def _in_real_time(chunks: Iterable[np.ndarray], rate: int) -> Iterator[np.ndarray]:
    """Yield chunks when the last of their samples has been played."""
    began, samples = time.monotonic(), 0
    for chunk in chunks:
        samples += len(chunk)
        time.sleep(max(0.0, began + samples / rate - time.monotonic()))
        yield chunk
