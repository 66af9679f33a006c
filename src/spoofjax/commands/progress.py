"""What a user at a terminal sees of a command that takes a while."""

from __future__ import annotations

import sys
from collections.abc import Callable

from spoofjax.errors import printable


def announce(text: str) -> None:
    """Say on a terminal what a command begins with, before it imports what takes time.

    Logs do not get this line.
    """
    if sys.stderr.isatty():
        print(printable(text), file=sys.stderr, flush=True)


def progress_on_terminal() -> Callable[[int, int], None] | None:
    """Return a function (done, total) that shows a count, or None where nobody would see it."""
    return _show if sys.stderr.isatty() else None


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done:,} of {total:,} files", end=end, file=sys.stderr, flush=True)
