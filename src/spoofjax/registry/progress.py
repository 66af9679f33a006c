"""How far a download is: one changing line on a terminal, a line for each tenth elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from spoofjax.errors import printable

EVERY = 0.2
"""Seconds between changes of the line on a terminal."""


class Meter:
    """Prints the progress of one file; call it with the bytes that are there and those in all."""

    def __init__(self, name: str, out: TextIO):
        self.name = printable(name)
        self.out = out
        self.is_terminal = out.isatty()
        self.tenth = -1
        self.last = 0.0

    def __call__(self, done: int, total: int | None) -> None:
        """Print the progress where it has changed enough."""
        is_last = done == total
        if self.is_terminal:
            if is_last or time.monotonic() - self.last > EVERY:
                self.last = time.monotonic()
                print(f"\r{self._line(done, total)}", end="\n" if is_last else "", file=self.out)
                self.out.flush()
        elif total and done * 10 // total > self.tenth:
            self.tenth = done * 10 // total
            print(self._line(done, total), file=self.out, flush=True)

    def _line(self, done: int, total: int | None) -> str:
        if not total:
            return f"{self.name}: {size(done)}"
        return f"{self.name}: {size(done)} of {size(total)}, {done / total:.0%}"


def size(count: int) -> str:
    """Return a number of bytes in decimal units, as the pages of owners show them."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= scale:
            return f"{count / scale:.2f} {unit}"
    return f"{count} B"
