"""Windows of all requests, judged together in one forward pass."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np

Result = TypeVar("Result")
"""What is found out about one clip."""

log = logging.getLogger("spoofjax")

SIZES = (1, 4, 16)
"""Rows of a batch. A batch has the smallest of these sizes that holds it, the rest stays empty, so
that a network is compiled three times for each length of a clip."""


class _Window(NamedTuple):
    clip: np.ndarray
    """float32 (samples,)."""
    valid: int
    result: asyncio.Future[Any]


class Batcher(Generic[Result]):
    """Judges prepared clips; those that wait while a forward pass runs share the next one.

    No request waits for others to arrive: a batch starts as soon as the one before it has ended.
    """

    def __init__(
        self,
        judge: Callable[[np.ndarray, np.ndarray], Sequence[Result]],
        on_batch: Callable[[int], None] = lambda windows: None,
    ):
        """`judge` maps clips float32 (batch, samples) and valid samples (batch,) to their results.

        `on_batch` is called with the number of windows of each batch.
        """
        self._judge, self._on_batch = judge, on_batch
        self._waiting: deque[_Window] = deque()
        self._arrival = asyncio.Event()
        self._worker = ThreadPoolExecutor(1, "forward")
        self._most = SIZES[-1]
        self._warm_samples: int | None = None

    async def results(self, clips: Sequence[np.ndarray], valid: Sequence[int]) -> list[Result]:
        """Return the result of each clip, float32 (samples,), of `valid` samples."""
        loop = asyncio.get_running_loop()
        windows = [
            _Window(clip, count, loop.create_future())
            for clip, count in zip(clips, valid, strict=True)
        ]
        self._waiting.extend(windows)
        self._arrival.set()
        try:
            return list(await asyncio.gather(*(window.result for window in windows)))
        finally:
            for window in windows:
                window.result.cancel()

    @contextlib.asynccontextmanager
    async def running(self):
        """Context in which clips are judged."""
        tasks = [asyncio.create_task(self._run()), asyncio.create_task(self._warm_larger())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._worker.shutdown(cancel_futures=True)

    def warm(self, samples: int) -> None:
        """Compile the network for one clip of this length before the first request needs it.

        Larger batches are compiled while the batcher runs; until then, it forms none of them.
        """
        self._compile(SIZES[0], samples)
        self._most, self._warm_samples = SIZES[0], samples

    @property
    def is_warm(self) -> bool:
        """Whether batches of every size are formed."""
        return self._most == SIZES[-1]

    async def _warm_larger(self) -> None:
        if self._warm_samples is None:
            return
        for size in SIZES[1:]:
            try:
                await asyncio.to_thread(self._compile, size, self._warm_samples)
            except Exception:
                log.exception("Batches of %d windows cannot be judged; smaller ones are.", size)
                return
            self._most = size

    def _compile(self, size: int, samples: int) -> None:
        self._judge(np.zeros((size, samples), np.float32), np.full(size, samples))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._arrival.wait()
            batch = self._take()
            if not batch:
                self._arrival.clear()
                continue
            self._on_batch(len(batch))
            try:
                values = await loop.run_in_executor(self._worker, self._forward, batch)
            except Exception as error:
                values = [error] * len(batch)
            for window, value in zip(batch, values, strict=True):
                if window.result.done():
                    continue  # its request has ended meanwhile
                if isinstance(value, Exception):
                    window.result.set_exception(value)
                else:
                    window.result.set_result(value)

    def _take(self) -> list[_Window]:
        """Return the windows of the next batch: the first one that waits, and others like it."""
        batch: list[_Window] = []
        others: list[_Window] = []
        while self._waiting and len(batch) < self._most:
            window = self._waiting.popleft()
            if window.result.done():
                continue
            is_alike = not batch or len(window.clip) == len(batch[0].clip)
            (batch if is_alike else others).append(window)
        self._waiting.extendleft(reversed(others))
        return batch

    def _forward(self, batch: list[_Window]) -> Sequence[Result]:
        size = next(size for size in SIZES if size >= len(batch))
        samples = len(batch[0].clip)
        clips = np.zeros((size, samples), np.float32)
        valid = np.full(size, samples)
        for row, window in enumerate(batch):
            clips[row], valid[row] = window.clip, window.valid
        return self._judge(clips, valid)[: len(batch)]
