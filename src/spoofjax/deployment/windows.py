"""A recording of any length as overlapping windows, of which only a few are in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from spoofjax.audio.blocks import Block
from spoofjax.audio.judging import Origin


class Window(NamedTuple):
    """A part of a recording."""

    start: int
    """Its first sample, counted from the start of the recording."""
    samples: np.ndarray
    """float32 (n,), mono."""
    origin: Origin
    """What mixing and resampling hide of this part; `seconds` is the length up to its end."""


class Windows:
    """The windows of a recording, once, in order.

    Each is `size` samples long and begins `hop` samples after the one before it, at most `size`.
    The last one ends where the recording ends, so that every sample is in a window; it may begin
    sooner after the one before it. A recording shorter than a window has one, which is all of it.
    """

    def __init__(self, blocks: Iterable[Block], source_rate: int, rate: int, size: int, hop: int):
        """`rate` is that of the blocks' samples, `source_rate` that of their `frames`."""
        self._blocks, self._rate = blocks, rate
        self._size, self._hop = size, hop
        self._energies = _Energies(source_rate)

    @property
    def seconds(self) -> float:
        """Length of what was read so far; after the last window, of the recording."""
        return self._energies.seconds

    def __iter__(self) -> Iterator[Window]:
        held: list[np.ndarray] = []  # samples from `start` on
        count = start = end = next_start = 0
        for block in self._blocks:
            self._energies.add(block)
            held.append(block.samples)
            count += len(block.samples)
            if start + count < next_start + self._size:
                continue
            samples = np.concatenate(held)
            while start + len(samples) >= next_start + self._size:
                # The last window may begin anywhere after this one, so nothing later is dropped.
                samples, start = samples[next_start - start :], next_start
                end, next_start = start + self._size, start + self._hop
                yield self._window(start, samples[: self._size].copy())
            held, count = [samples], len(samples)
        if start + count > end:
            last = np.concatenate(held)[-self._size :]
            yield self._window(start + count - len(last), last)

    def _window(self, start: int, samples: np.ndarray) -> Window:
        begin, end = start / self._rate, (start + len(samples)) / self._rate
        return Window(start, samples, self._energies.origin(begin, end))


class _Energies:
    """The energy of each channel of a recording, block by block."""

    def __init__(self, rate: int):
        self._rate, self._frames = rate, 0
        self._blocks: deque[tuple[int, int, np.ndarray]] = deque()

    @property
    def seconds(self) -> float:
        return self._frames / self._rate

    def add(self, block: Block) -> None:
        end = self._frames + block.frames
        if block.frames:
            self._blocks.append((self._frames, end, block.energy))
        self._frames = end

    def origin(self, begin: float, end: float) -> Origin:
        """Describe a part in seconds by the blocks that overlap it; forget those before it."""
        first, last = begin * self._rate, end * self._rate
        while len(self._blocks) > 1 and self._blocks[0][1] <= first:
            self._blocks.popleft()
        inside = [block for block in self._blocks if block[0] < last and block[1] > first]
        energy = np.sum([block[2] for block in inside or self._blocks], axis=0)
        frames = sum(block[1] - block[0] for block in inside or self._blocks)
        return Origin(self._rate, len(energy), float(np.sqrt(energy.max() / frames)), end)
