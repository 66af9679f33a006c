"""Manifest to batches: grain carries step numbers, each batch is made by one call.

The batch at step k is a function of (seed, k) alone, whatever the number of threads, processes or
devices: draw d = k * batch + slot picks the utterance, and the seed of (seed, d) its crop and
augmentation. A process makes only its own slots of each batch.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from spoofjax.audio.cropping import set_level
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError
from spoofjax.loading.cutting import Cut, bucket_cuts, check_buckets, even_cuts
from spoofjax.loading.sampling import draws
from spoofjax.loading.sources import source_of

log = logging.getLogger("spoofjax")
STAND_INS = 10
"""Utterances tried for one draw before giving up: so many unreadable in a row is no accident."""


class Batch(NamedTuple):
    """One process's share of a batch, on the host."""

    features: np.ndarray
    """float32 (batch, frames, coefficients), or (batch, samples) for a waveform front end."""
    lengths: np.ndarray
    """int32 (batch,): valid frames, or samples, of each utterance."""
    labels: np.ndarray
    """int32 (batch,): 1 bona fide, 0 spoof; 0 in padding."""
    indices: np.ndarray
    """int64 (batch,): which utterances of the manifest; -1 in padding and for unreadable files."""
    skipped: int = 0
    """How many drawn utterances could not be read and were replaced."""
    rows: np.ndarray | None = None
    """int64 (global batch,): `indices` of all processes; in evaluation only."""


class Batches:
    """Makes batches of one manifest; `training(step)` and `evaluation(cut)` are pure."""

    def __init__(
        self,
        experiment: Experiment,
        manifest: Manifest,
        *,
        process: int = 0,
        processes: int = 1,
    ):
        check_buckets(experiment.clip)
        self._experiment = experiment
        self._manifest = manifest
        self._source = source_of(manifest, experiment.front_end.rate)
        self._process, self._processes = process, processes
        self._threads = experiment.loading.threads or available_cores()
        # The calling thread works too, hence one less.
        self._pool = ThreadPoolExecutor(max(self._threads - 1, 1), "spoofjax-read")
        self._scratch = threading.local()
        self._stream = None
        self._left_out: set[str] = set()

    def close(self) -> None:
        """End the reading threads and let go of opened files."""
        self._pool.shutdown(cancel_futures=True)
        self._source.close()

    # ---------------------------------------------------------------- training

    def training(self, step: int) -> Batch:
        """Return this process's share of the training batch of `step`.

        Raises AudioError for an unreadable file where the configuration says 'stop'.
        """
        experiment = self._experiment
        if self._stream is None:
            self._stream = experiment.sampling.stream(self._manifest, experiment.seed)
        share = experiment.batch // self._processes
        first = step * experiment.batch + self._process * share
        indices = draws(self._stream, first, share)
        seeds = draw_seeds(experiment.seed, np.arange(first, first + share))
        augments = type(experiment.augment) is not Augmentation
        waveforms = self._buffer(share, experiment.clip.train, exact=not augments)
        used = self._crops(indices, seeds, waveforms)
        if augments:
            waveforms = self._augmented(waveforms, seeds)
        features, frames = self._features(waveforms, np.full(share, experiment.clip.train))
        labels = self._manifest.label[used].astype(np.int32)
        return Batch(features, frames, labels, used, int(np.sum(used != indices)))

    def _crops(self, indices: np.ndarray, seeds: np.ndarray, waveforms: np.ndarray) -> np.ndarray:
        """Fill `waveforms` with the drawn clips; return the utterances used, int64 (batch,)."""
        used = indices.copy()
        drawn, of_draw = indices.tolist(), seeds.tolist()

        def fill(slot: int) -> None:
            index, problem = drawn[slot], AudioError("no stand-in was tried")
            for _ in range(STAND_INS):
                try:
                    self._source.random_clip(index, of_draw[slot], waveforms[slot])
                    used[slot] = index
                    self._level(waveforms[slot])
                    return
                except AudioError as error:
                    self._leave_out(error)
                    problem, index = error, self._stand_in(index)
            raise problem

        self._each(fill, len(indices))
        return used

    def _augmented(self, waveforms: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        experiment = self._experiment
        rate = experiment.front_end.rate
        return experiment.augment(waveforms, seeds, rate, threads=self._threads)

    def _leave_out(self, error: AudioError) -> None:
        """Say so once for each file, or raise where the configuration says 'stop'."""
        if self._experiment.loading.on_error == "stop":
            raise error
        if str(error) not in self._left_out:
            self._left_out.add(str(error))
            log.warning("left out: %s", error)

    def _stand_in(self, index: int) -> int:
        """Return the next utterance of the same class: a function of the index alone."""
        same = np.flatnonzero(self._manifest.label == self._manifest.label[index])
        return int(same[(np.searchsorted(same, index) + 1) % len(same)])

    # -------------------------------------------------------------- evaluation

    def cuts(self, batch: int, multiple: int = 1) -> list[Cut]:
        """Return the evaluation batches that hold every utterance once.

        With buckets, a batch holds about as many samples as `batch` clips of clip.evaluate.
        """
        clip = self._experiment.clip
        if not clip.buckets:
            return even_cuts(len(self._manifest), batch, clip.evaluate)
        return bucket_cuts(self._lengths(), clip.buckets, batch * clip.evaluate, multiple)

    def _lengths(self) -> np.ndarray:
        if self._manifest.samples is not None:
            return self._manifest.samples
        lengths = np.empty(len(self._manifest), np.int64)

        def measure(row: int) -> None:
            lengths[row] = self._source.length(row)

        self._each(measure, len(lengths))
        return lengths

    def evaluation(self, cut: Cut) -> Batch:
        """Return this process's share of an evaluation batch, padded to its fixed size.

        What cannot be read is padding too, or an AudioError where the configuration says 'stop'.
        """
        clip = self._experiment.clip
        share = len(cut.rows) // self._processes
        indices = cut.rows[self._process * share : (self._process + 1) * share].copy()
        waveforms = self._buffer(share, cut.samples, exact=True)
        lengths = np.full(share, cut.samples)

        def fill(slot: int) -> None:
            row, out = int(indices[slot]), waveforms[slot]
            own = 0
            try:
                own = self._source.first_clip(row, out, clip.short) if row >= 0 else 0
            except AudioError as error:
                self._leave_out(error)
                indices[slot] = row = -1  # its score is left out, not made up
            out[own:] = 0
            if row >= 0:
                lengths[slot] = own
                self._level(out[:own])

        self._each(fill, share)
        features, frames = self._features(waveforms, lengths)
        labels = np.where(indices < 0, 0, self._manifest.label[indices]).astype(np.int32)
        return Batch(features, frames, labels, indices, rows=cut.rows)

    # ------------------------------------------------------------------ shared

    def _buffer(self, batch: int, samples: int, exact: bool) -> np.ndarray:
        """Return this thread's (batch, samples) buffer: int16 where nothing needs floats.

        It is used anew for every batch: fresh pages for each would cost as much as the copy.
        """
        exact = exact and self._source.sixteen_bit and self._experiment.clip.level_dbfs is None
        shape, dtype = (batch, samples), np.int16 if exact else np.float32
        buffer = getattr(self._scratch, "buffer", None)
        if buffer is None or buffer.shape != shape or buffer.dtype != dtype:
            buffer = self._scratch.buffer = np.empty(shape, dtype)
        return buffer

    def _each(self, work: Callable[[int], None], count: int) -> None:
        """Call work(slot) for every slot, over the reading threads and this one."""
        slots = iter(range(count))  # shared: each thread takes the next one

        def some() -> None:
            for slot in slots:
                work(slot)

        helpers = [self._pool.submit(some) for _ in range(min(self._threads, count) - 1)]
        try:
            some()
        finally:
            for helper in helpers:
                helper.result()

    def _level(self, samples: np.ndarray) -> None:
        level = self._experiment.clip.level_dbfs
        if level is not None:
            samples[:] = set_level(samples, level)

    def _features(
        self, waveforms: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        front_end = self._experiment.front_end
        whole = waveforms.shape[1]
        full = bool((lengths == whole).all())
        features = front_end(waveforms, None if full else lengths, threads=self._threads)
        if features.ndim == 2:
            return features, lengths.astype(np.int32)
        if full:
            return features, np.full(len(lengths), front_end.frames(whole), np.int32)
        frames = np.array([front_end.frames(int(n)) for n in lengths], np.int32)
        return features, frames


def available_cores() -> int:
    """Number of cores this process may use (the affinity mask, as schedulers set it)."""
    return len(os.sched_getaffinity(0))
