"""A count of files on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable


def progress_on_terminal() -> Callable[[int, int], None] | None:
    """Return a function (done, total) that shows a count, or None where nobody would see it."""
    return _show if sys.stderr.isatty() else None


def _show(done: int, total: int) -> None:
    end = "\n" if done == total else ""
    print(f"\r{done:,} of {total:,} files", end=end, file=sys.stderr, flush=True)
