"""The progress of `spoofjax pack`: a bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import sys
import time
from typing import Any

SECONDS_BETWEEN_LINES = 10.0


class PackingProgress:
    """Use it in a `with` statement and call it as utterances are done."""

    def __init__(self, is_quiet: bool):
        self._is_quiet = is_quiet
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}
        self._last_line = time.perf_counter()

    def __enter__(self) -> PackingProgress:
        if sys.stderr.isatty() and not self._is_quiet:
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True))
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, split: str, done: int, rows: int) -> None:
        """Show that `done` of a split's rows are packed."""
        if self._bar is not None:
            if split not in self._tasks:
                self._tasks[split] = self._bar.add_task(split, total=rows)
            self._bar.update(self._tasks[split], completed=done)
        elif not self._is_quiet:
            now = time.perf_counter()
            if now - self._last_line > SECONDS_BETWEEN_LINES:
                self._last_line = now
                print(f"{split}: {done:,} of {rows:,} utterances", file=sys.stderr, flush=True)
