"""Watching a run from outside the loop: steps that never end, and the scheduler's warning."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import TextIO, TypeVar

from spoofjax.cluster import hosts
from spoofjax.errors import LostProcess, Preempted

Item = TypeVar("Item")


class Watchdog:
    """Ends a process in which nothing moves: every thread's stack is written, then status 76.

    `beat` says that something moved. A second timer, in C and twice as long, ends the process with
    status 1 where a library holds the interpreter's lock, so that no Python code can run.
    """

    def __init__(self, limit: float, folder: Path | None = None):
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
        """Note that something moved; `doing` is what begins now, named if it never ends."""
        self._last, self._doing = time.monotonic(), doing

    def over(self, items: Iterable[Item], doing: str) -> Iterator[Item]:
        """Give the items on, with a beat before and after each."""
        self.beat(doing)
        for item in items:
            yield item
            self.beat(doing)
        self.beat(f"what follows {doing}")

    def _watch(self) -> None:
        pause = min(1.0, self._limit / 4)
        while not self._ended.wait(pause):
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
                pass  # What stalled may be this very disk; standard error has the stacks already.
        os._exit(LostProcess.status)

    @staticmethod
    def _dump(file: TextIO | None, message: str) -> None:
        if file is not None:
            print(message, file=file, flush=True)
            faulthandler.dump_traceback(file, all_threads=True)


class Preemption:
    """Whether the scheduler has asked for the machine back (SIGTERM), agreed by all processes.

    With one process a handler sets a flag, looked at after each step. With several, jax's
    coordination service hears the signal in any of them and names one step for all.
    """

    def __init__(self) -> None:
        self._asked = False
        self._at_once = False
        self._before: signal.Handlers | None = None

    def __enter__(self) -> Preemption:
        # jax has a handler of its own where there are several processes; ours would displace it.
        if not hosts.several() and threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGTERM, self._hear)  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        if self._before is not None:
            signal.signal(signal.SIGTERM, self._before)
            self._before = None

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self._asked = True
        if self._at_once:
            raise self.error()

    def reached(self, step: int) -> bool:
        """Whether to write a checkpoint after this step and end; call it after every step."""
        if not hosts.several():
            return self._asked
        from jax.experimental import multihost_utils

        return multihost_utils.reached_preemption_sync_point(step)

    def nothing_to_save(self) -> None:
        """From here on end at once: all that training gave is on disk. Raises Preempted."""
        self._at_once = True
        if self._asked:
            raise self.error()

    def error(self, step: int | None = None) -> Preempted:
        """Return the error to end with."""
        where = "after training" if step is None else f"after step {step}"
        return Preempted(
            f"stopped by SIGTERM {where}; the checkpoint is written. "
            "Start the run again with --resume."
        )
