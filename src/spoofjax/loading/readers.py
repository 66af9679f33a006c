"""Threads that read audio files, each one utterance at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


class Readers:
    """A fixed number of threads, one of which is the caller's."""

    def __init__(self, threads: int):
        self._threads = threads
        self._pool = ThreadPoolExecutor(max(threads - 1, 1), "spoofjax-read")

    def each(self, work: Callable[[int], None], slots: Sequence[int]) -> None:
        """Call work(slot) for every slot. An exception of a call is raised once all have ended."""
        remaining = iter(slots)  # shared by the threads: each takes the next slot

        def work_off() -> None:
            for slot in remaining:
                work(slot)

        helpers = [self._pool.submit(work_off) for _ in range(min(self._threads, len(slots)) - 1)]
        try:
            work_off()
        finally:
            for helper in helpers:
                helper.result()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)
