"""Listening to whole recordings: a detector's scores in overlapping windows.

The memory needed does not grow with the recordings: at most IN_MEMORY windows are held at a time.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np

from spoofjax.audio.clips import most_samples
from spoofjax.deployment.detector import Detector
from spoofjax.deployment.judged import Judged
from spoofjax.deployment.listener import Clip, Listener, Source
from spoofjax.deployment.timeline import Timeline
from spoofjax.errors import AudioError, ConfigError
from spoofjax.processor import available_cores

BATCH = 32
"""Largest number of windows that are scored at a time, and of recordings in a group.

Two groups are open: one is scored while the next is read."""
IN_MEMORY = 64
"""Largest number of windows in memory, of all open recordings together."""
HOP_SHARE = 0.5
"""Time from one window to the next, as a share of a window, where none is given."""


def listen(
    detector: Detector, source: Source, *, hop: float | None = None, threads: int | None = None
) -> Timeline:
    """Return the timeline of a file, or of samples in memory (see audio.blocks.recording_of).

    `hop` is the time from one window to the next in seconds, by default half a window. A recording
    no longer than a clip of evaluation has one window, and the score that evaluation gives it.
    Raises AudioError where the file cannot be read, and ConfigError for a hop that is not positive
    or exceeds a window.
    """
    [timeline] = listen_to_all(detector, [source], hop=hop_samples(detector, hop), threads=threads)
    if isinstance(timeline, str):
        raise AudioError(timeline)
    return timeline


def hop_samples(detector: Detector, hop: float | None) -> int:
    """Return a hop in seconds as samples; None is half a window. Raises ConfigError."""
    size, rate = most_samples(detector.experiment.clip), detector.experiment.front_end.rate
    samples = math.ceil(HOP_SHARE * size) if hop is None else round(hop * rate)
    if not 1 <= samples <= size:
        raise ConfigError(
            f"A hop of {hop} s: it must be positive, and at most a window of {size / rate:g} s."
        )
    return samples


def listen_to_all(
    detector: Detector,
    sources: Sequence[Source],
    *,
    hop: int | None,
    threads: int | None = None,
    streams: Collection[Path] = (),
) -> Iterator[Timeline | str]:
    """Yield the timeline of each source, in order, or in words why it cannot be scored.

    `hop` is in samples; with None, only the first window of each is heard, as in evaluation. A pipe
    or a device is read only if it is one of `streams`.
    """
    detector.require_audio()
    # The batch only grows, in powers of two: few shapes to compile, and little to compute for few
    # windows.
    size = _power_of_two(len(sources))
    # Threads beyond the cores only compete for the interpreter.
    with ThreadPoolExecutor(threads or available_cores()) as pool:

        def opened(first: int) -> _Group:
            listeners = [
                Listener(detector, source, hop, reads_streams=_is_one_of(source, streams))
                for source in sources[first : first + BATCH]
            ]
            return _Group(listeners, pool)

        following = opened(0)
        for first in range(0, len(sources), BATCH):
            group, following = following, opened(first + BATCH)
            with contextlib.closing(group), contextlib.ExitStack() as on_error:
                on_error.callback(following.close)
                group.begin_turn()
                # The first windows of the next recordings are read while these are scored.
                following.begin_turn()
                while group.begin_turn():
                    turns = group.finish_turn()
                    size = max(size, _power_of_two(sum(map(len, turns))))
                    _score(detector, group.unfinished, turns, size, threads)
                yield from (listener.result() for listener in group.listeners)
                on_error.pop_all()


class _Group:
    """Recordings whose windows are taken in turns, on the threads of a pool."""

    def __init__(self, listeners: Sequence[Listener], pool: ThreadPoolExecutor):
        self.listeners = listeners
        self.unfinished: list[Listener] = []
        """The recordings of the turn that was begun last."""
        self._pool = pool
        self._turn: list[Future[list[Clip]]] = []

    def begin_turn(self) -> bool:
        """Take the next windows, unless that has begun; return whether there may be any."""
        if not self._turn:
            self.unfinished = [each for each in self.listeners if not each.is_finished]
            # A listener ends with a turn in which it gets fewer windows than it may.
            most = 1 + (IN_MEMORY // 2 - 1) // max(len(self.unfinished), 1)
            self._turn = [self._pool.submit(each.take, most) for each in self.unfinished]
        return bool(self._turn)

    def finish_turn(self) -> list[list[Clip]]:
        """Return the windows of each unfinished recording."""
        turn, self._turn = self._turn, []
        return [taken.result() for taken in turn]

    def close(self) -> None:
        """Close all recordings, after the turn that was begun."""
        wait(self._turn)
        for listener in self.listeners:
            listener.close()


def _is_one_of(source: Source, streams: Collection[Path]) -> bool:
    return isinstance(source, Path) and source in streams


def _power_of_two(count: int) -> int:
    """Return the smallest power of two that holds `count`, at most BATCH."""
    return min(BATCH, 1 << max(count - 1, 0).bit_length())


def _score(
    detector: Detector,
    listeners: Sequence[Listener],
    turns: Sequence[list[Clip]],
    size: int,
    threads: int | None,
) -> None:
    """Give each listener what the detector says of the clips of its turn."""
    judged = judged_clips(detector, [clip for turn in turns for clip in turn], size, threads)
    first = 0
    for listener, turn in zip(listeners, turns, strict=True):
        own = slice(first, first + len(turn))
        listener.add(judged.part(own), turn)
        first += len(turn)


def judged_clips(
    detector: Detector, clips: Sequence[Clip], size: int, threads: int | None
) -> Judged:
    """Return what the detector says of each clip.

    Clips of the same length form batches. Every batch has `size` rows, some of them unused, so that
    the model is compiled only once for each length.
    """
    rows_of: dict[int, list[int]] = {}
    for row, clip in enumerate(clips):
        rows_of.setdefault(len(clip.samples), []).append(row)
    scores = np.zeros(len(clips))
    steps = [np.zeros(0)] * len(clips)
    attack_logits = np.zeros((len(clips), len(detector.experiment.tracing.attacks)))
    attack_scores = np.zeros(len(clips))
    has_steps = detector.step_samples is not None
    for samples, rows in rows_of.items():
        for first in range(0, len(rows), size):
            members = rows[first : first + size]
            batch, lengths = np.zeros((size, samples), np.float32), np.full(size, samples)
            for slot, row in enumerate(members):
                batch[slot], lengths[slot] = clips[row].samples, clips[row].valid
            judged = detector.judge(batch, lengths, threads)
            scores[members] = judged.score[: len(members)]
            attack_logits[members] = judged.attack_logits[: len(members)]
            attack_scores[members] = judged.attack_scores[: len(members)]
            for row, values in zip(members, judged.steps or (), strict=False):
                steps[row] = values
    return Judged(scores, steps if has_steps else None, attack_logits, attack_scores)
