"""The option --threads of commands that read audio."""

from __future__ import annotations

import argparse

from spoofjax.errors import ConfigError


def add_threads(parser: argparse.ArgumentParser, purpose: str) -> None:
    """Declare --threads; `purpose` says what the threads do."""
    help = f"threads that {purpose} (default one per core)"
    parser.add_argument("--threads", type=_count, metavar="N", help=help)


def _count(text: str) -> int:
    """Return the number of threads. Raises ConfigError if it is below 1."""
    count = int(text)
    if count < 1:
        raise ConfigError(f"--threads {count}: choose 1 or more, or leave it out.")
    return count
