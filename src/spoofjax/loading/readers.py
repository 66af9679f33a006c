"""Threads that read what stands in files of its own, one utterance after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor


class Readers:
    """A fixed number of threads, the caller's being one of them."""

    def __init__(self, threads: int):
        self._threads = threads
        self._pool = ThreadPoolExecutor(max(threads - 1, 1), "spoofjax-read")

    def each(self, work: Callable[[int], None], slots: Sequence[int]) -> None:
        """Call work(slot) for every slot; raises what a call raised, when no other runs."""
        waiting = iter(slots)  # shared: each thread takes the next one

        def some() -> None:
            for slot in waiting:
                work(slot)

        helpers = [self._pool.submit(some) for _ in range(min(self._threads, len(slots)) - 1)]
        try:
            some()
        finally:
            for helper in helpers:
                helper.result()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)
