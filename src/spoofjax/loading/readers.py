"""Threads that read audio files, each one utterance at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait


class Readers:
    """A fixed number of threads, one of which is the caller's."""

    def __init__(self, threads: int):
        self._threads = threads
        self._pool = ThreadPoolExecutor(max(threads - 1, 1), "spoofjax-read")
        self._is_stopped = False

    def each(self, work: Callable[[int], None], slots: Sequence[int]) -> None:
        """Call work(slot) for every slot. An exception of a call is raised once all have ended.

        Raises RuntimeError once `stop` has been called, after the calls that have begun.
        """
        remaining = iter(slots)  # shared by the threads: each takes the next slot

        def work_off() -> None:
            self._check()
            for slot in remaining:
                work(slot)
                self._check()

        helpers = [self._pool.submit(work_off) for _ in range(min(self._threads, len(slots)) - 1)]
        try:
            work_off()
        finally:
            wait(helpers)  # all of them, before the first one's exception is raised
            for helper in helpers:
                helper.result()

    def stop(self) -> None:
        """Make `each` raise at its next utterance, in whatever thread it runs."""
        self._is_stopped = True

    def _check(self) -> None:
        if self._is_stopped:
            raise RuntimeError("reading was stopped")

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)
