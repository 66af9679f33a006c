"""How far `spoofjax score` has come, and how fast it was."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from spoofjax.commands.packing_progress import PackingProgress

if TYPE_CHECKING:
    from spoofjax.deployment.row import Row

WORTH_TELLING = 100
"""Number of files from which the throughput is told."""


def with_progress(rows: Iterator[Row], count: int, *, is_quiet: bool) -> Iterator[Row]:
    """Yield the rows; show on standard error how many of `count` are there, and the throughput."""
    began = time.perf_counter()
    done, heard = 0, 0.0
    with PackingProgress(is_quiet) as show:
        for row in rows:
            done, heard = done + 1, heard + (row.heard or 0.0)
            yield row
            show("score", done, count)
    if not is_quiet and done >= WORTH_TELLING:
        seconds = time.perf_counter() - began
        print(
            f"{done:,} files, {heard / 3600:,.2f} hours of audio, in {seconds:,.1f} s: "
            f"{done / seconds:,.1f} files/s, {heard / seconds:,.0f} times real time",
            file=sys.stderr,
        )
