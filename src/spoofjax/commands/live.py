"""What `spoofjax stream` and `spoofjax listen` have in common: a verdict at every hop."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from spoofjax.commands.judge import rule_of
from spoofjax.commands.progress import announce
from spoofjax.commands.run_argument import about_bundled
from spoofjax.commands.score_options import add_rule
from spoofjax.commands.threads import add_threads

if TYPE_CHECKING:
    import numpy as np

    from spoofjax.deployment.streaming import Streams, Verdict

CHUNK_SECONDS = 0.1
"""Length of the parts in which audio is taken from its source."""


def add_live(parser: argparse.ArgumentParser) -> None:
    """Declare the options of both commands."""
    parser.add_argument(
        "--hop",
        type=float,
        default=0.5,
        metavar="SECONDS",
        help="from one verdict to the next (default 0.5)",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per verdict")
    add_rule(parser)
    add_threads(parser, "compute features")


def open_streams(folder: Path | None, options: argparse.Namespace) -> Streams:
    """Load a detector, by default the one that comes with spoofjax, to listen to one stream."""
    announce("loading the detector")
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.streaming import Streams

    if folder is None:
        from spoofjax.deployment.bundled import FOLDER

        print(about_bundled(), file=sys.stderr)
        folder = FOLDER
    detector = Detector.load(folder)
    rule = rule_of(detector.decision, options)
    streams = Streams(detector, rule, hop=options.hop, threads=options.threads)
    if not options.json:
        print(f"rule: {rule}", file=sys.stderr)
        print(
            f"Every {streams.hop:g} s there is a verdict on the last {streams.window:.3g} s; audio "
            f"counts in a verdict after at most {streams.hop:g} s.",
            file=sys.stderr,
        )
    return streams


def print_verdicts(streams: Streams, chunks: Iterable[np.ndarray], name: str, as_json: bool) -> int:
    """Print the verdicts on a stream as they are due; return 3 where nothing could be judged."""
    is_any_judged = False
    for samples in chunks:
        for verdict in streams.push({name: samples}):
            is_any_judged |= verdict.p_spoof is not None
            text = json.dumps(dataclasses.asdict(verdict)) if as_json else to_line(verdict)
            print(text, flush=True)
    return 0 if is_any_judged else 3


def to_line(verdict: Verdict) -> str:
    """Return a verdict as a line for people."""
    from spoofjax.evaluation.attribution import attack_in_words

    time = f"{verdict.start:7.1f} -{verdict.end:7.1f} s"
    if verdict.p_spoof is None:
        return f"{time}  unknown: {verdict.reason}"
    bar = "█" * round(20 * verdict.p_spoof)
    attack = attack_in_words(verdict.attack, verdict.likeliest_attack)
    text = f"{time}  {verdict.verdict:8}  P(spoof) {verdict.p_spoof:.3f}  {bar:20}{attack}"
    return text.rstrip()
