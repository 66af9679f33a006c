"""`spoofjax score`: score audio files with a trained detector."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from spoofjax.commands.progress import announce
from spoofjax.commands.run_argument import about_bundled, split_run
from spoofjax.commands.threads import add_threads
from spoofjax.errors import ConfigError

SUMMARY = "Score audio files with a trained detector."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.usage = "%(prog)s [options] [RUN] FILE ..."
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="[RUN] FILE",
        help="a run folder or an export, then audio files or folders; without RUN, the small "
        "detector that comes with spoofjax judges",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per file on stdout")
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
    parser.add_argument(
        "--pooling",
        choices=("mean", "lowest", "start"),
        default="mean",
        help="how the scores of a file's windows become its own: their mean (default), the lowest, "
        "or that of the start alone, as in evaluation",
    )
    parser.add_argument(
        "--hop", type=float, metavar="SECONDS", help="between windows (default: half a window)"
    )
    add_threads(parser, "read and compute features")


def run(options: argparse.Namespace) -> int:
    """Score files; return 3 where some of them could not be read or judged."""
    announce("loading the detector")
    from spoofjax.corpora.audio_files import find_audio
    from spoofjax.evaluation.rule import Rule
    from spoofjax.runs.folder import RunFolder

    named, paths = split_run(options.paths)
    if named is None:
        from spoofjax.deployment.bundled import FOLDER

        print(about_bundled(), file=sys.stderr)
        named = FOLDER
    # A wrong folder or option is reported before jax is imported.
    run_folder = RunFolder(named)
    run_folder.experiment()
    if not paths:
        raise ConfigError(f"Name the audio files or folders to score: spoofjax score {named} FILE.")
    files = find_audio(paths)
    rule = None
    if run_folder.decision.is_file():
        rule = Rule.of(
            run_folder.read_decision(),
            prior=options.prior,
            cost_miss=options.cost_miss,
            cost_false_alarm=options.cost_false_alarm,
            threshold=options.threshold,
        )
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.row import to_line
    from spoofjax.deployment.scoring import score_files

    detector = Detector.load(run_folder.path)
    detector.require_audio()
    if not options.json:
        print(f"rule: {rule}", file=sys.stderr)
    unjudged = 0
    rows = score_files(
        detector,
        files,
        rule,
        options.threads,
        streams=set(paths),
        pooling=options.pooling,
        hop=options.hop,
    )
    for row in rows:
        unjudged += not row.is_judged
        print(row.to_json() if options.json else to_line(row), flush=True)
    return 3 if unjudged else 0
