"""`spoofjax score`: score audio files with a trained detector."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "Score audio files with a trained detector."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of this command."""
    parser.add_argument("folder", type=Path, metavar="RUN", help="a run folder or an export")
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="FILE", help="audio files or folders"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per file on stdout")
    parser.add_argument(
        "--prior", type=float, default=0.5, help="P(bona fide) before listening (default 0.5)"
    )
    parser.add_argument("--threads", type=int, help="threads that read and compute features")


def run(options: argparse.Namespace) -> int:
    """Score files; return 3 where some of them could not be read."""
    from spoofjax.corpora.audio_files import find_audio
    from spoofjax.runs.folder import RunFolder

    RunFolder(options.folder).experiment()  # a wrong folder is reported before jax is imported
    files = find_audio(options.paths)
    from spoofjax.cluster.compilation import use_compilation_cache

    use_compilation_cache()
    from spoofjax.deployment.detector import Detector
    from spoofjax.deployment.scoring import score_files, to_line

    detector = Detector.load(options.folder)
    failed = 0
    for row in score_files(detector, files, options.prior, options.threads):
        failed += row.error is not None
        print(row.to_json() if options.json else to_line(row), flush=True)
    return 3 if failed else 0
