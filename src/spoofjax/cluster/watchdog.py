"""The watchdog: ends a process that hangs, with the stack of every thread written down."""

from __future__ import annotations

import faulthandler
import math
import os
import signal
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO, TypeVar

from spoofjax.cluster import (
    _watch,  # type: ignore[attr-defined]  # compiled
    hosts,
)
from spoofjax.errors import LostProcess

Item = TypeVar("Item")
DUMP = signal.SIGRTMAX
"""The signal with which the watchdog in C asks for the stacks; nothing else sends it."""


class Watchdog:
    """Ends a process that makes no progress for `limit` seconds, with status 76.

    It writes the stack of every thread to standard error, and to a file in `folder` if one is
    given. The loop reports progress by calling `beat`. A second watchdog, written in C and twice as
    patient, ends the process when a library holds the interpreter's lock, because no Python code
    can run then.

    Both count the rounds in which they ran, not time. The clock goes on while a process is stopped
    (SIGSTOP, a suspended machine), and the process must not be ended when it continues.
    """

    def __init__(self, limit: float, folder: Path | None = None):
        """A `limit` of 0 turns the watchdog off."""
        self._limit, self._folder = limit, folder
        self._beats, self._doing = 0, "the start"
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Watchdog:
        if self._limit > 0:
            pause = min(1.0, self._limit / 4)
            _start_native(pause, math.ceil(2 * self._limit / pause))
            self._thread = threading.Thread(
                target=self._watch, args=(pause,), name="watchdog", daemon=True
            )
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
            _watch.stop()
            faulthandler.unregister(DUMP)

    def beat(self, doing: str) -> None:
        """Report progress; `doing` names the work that begins now, for the message if it hangs."""
        self._doing = doing
        self._beats += 1

    def over(self, items: Iterable[Item], doing: str) -> Iterator[Item]:
        """Yield the items, with a beat before and after each."""
        self.beat(doing)
        for item in items:
            yield item
            self.beat(doing)
        self.beat(f"what follows {doing}")

    def _watch(self, pause: float) -> None:
        beats, silent = self._beats, 0.0
        while not self._ended.wait(pause):
            _watch.beat()  # this thread runs, so the interpreter's lock is not held
            if self._beats != beats:
                beats, silent = self._beats, 0.0
            silent += pause
            if silent > self._limit:
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


def _start_native(pause: float, rounds: int) -> None:
    """Start the watchdog in C."""
    faulthandler.register(DUMP, file=sys.__stderr__ or 2, all_threads=True)
    message = (
        f"error: a library held the interpreter's lock for {rounds * pause:g} s (twice "
        "parallel.stall). Every thread's stack follows; start the run again with --resume.\n"
    )
    _watch.start(pause, rounds, DUMP, LostProcess.status, message)
