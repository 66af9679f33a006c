"""The watchdog: ends a process that hangs, with the stack of every thread written down."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

from spoofjax.cluster import hosts
from spoofjax.errors import LostProcess

Item = TypeVar("Item")


class Watchdog:
    """Ends a process that makes no progress for `limit` seconds, with status 76.

    It writes the stack of every thread to standard error, and to a file in `folder` if one is
    given. The loop reports progress by calling `beat`. A second timer, written in C and twice as
    long, ends the process with status 1 when a library holds the interpreter's lock, because no
    Python code can run then.
    """

    def __init__(self, limit: float, folder: Path | None = None):
        """A `limit` of 0 turns the watchdog off."""
        self._limit, self._folder = limit, folder
        self._last, self._doing = time.monotonic(), "the start"
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watchdog:
        self._last = time.monotonic()
        if self._limit > 0:
            self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            faulthandler.cancel_dump_traceback_later()

    def beat(self, doing: str) -> None:
        """Report progress; `doing` names the work that begins now, for the message if it hangs."""
        self._last, self._doing = time.monotonic(), doing

    def over(self, items: Iterable[Item], doing: str) -> Iterator[Item]:
        """Yield the items, with a beat before and after each."""
        self.beat(doing)
        for item in items:
            yield item
            self.beat(doing)
        self.beat(f"what follows {doing}")

    def _watch(self) -> None:
        pause = min(1.0, self._limit / 4)
        while not self._ended.wait(pause):
            # Each round postpones the second timer, so it fires only if this thread cannot run.
            faulthandler.dump_traceback_later(2 * self._limit, exit=True, file=sys.__stderr__ or 2)
            if time.monotonic() - self._last > self._limit:
                self._end()

    def _end(self) -> None:
        message = (
            f"error: nothing moved for {self._limit:g} s (parallel.stall) during {self._doing}. "
            "Every thread's stack follows; start the run again with --resume."
        )
        self._dump(sys.__stderr__, message)
        if self._folder is not None:
            try:
                name = f"stalled-process-{hosts.process_number()}.txt"
                with (self._folder / name).open("w") as file:
                    self._dump(file, message)
            except OSError:
                pass  # This disk may be what hangs. Standard error already has the stacks.
        os._exit(LostProcess.status)

    @staticmethod
    def _dump(file: TextIO | None, message: str) -> None:
        if file is not None:
            print(message, file=file, flush=True)
            faulthandler.dump_traceback(file, all_threads=True)
