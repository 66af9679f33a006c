"""Manifest to batches: grain carries step numbers, each batch is made by one call.

The batch at step k is a function of (seed, k) alone, whatever the number of threads, processes or
devices: draw d = k * batch + slot picks the utterance, and the seed of (seed, d) its crop and
augmentation. A process makes only its own slots of each batch.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np

from spoofjax.audio.cropping import set_level
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError
from spoofjax.loading.sampling import draws
from spoofjax.loading.sources import FileSource

log = logging.getLogger("spoofjax")


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


class Batches:
    """Makes batches of one manifest; `training(k)` and `evaluation(k)` are pure."""

    def __init__(
        self,
        experiment: Experiment,
        manifest: Manifest,
        *,
        process: int = 0,
        processes: int = 1,
    ):
        self._experiment = experiment
        self._manifest = manifest
        self._source = FileSource(manifest, experiment.front_end.rate)
        self._process, self._processes = process, processes
        self._threads = experiment.loading.threads or available_cores()
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="spoofjax-read")
        self._stream = None
        self._noted: set[str] = set()

    def close(self) -> None:
        """End the reading threads."""
        self._pool.shutdown(cancel_futures=True)

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
        waveforms, used = self._crops(indices, seeds)
        waveforms = experiment.augment(waveforms, seeds, experiment.front_end.rate)
        lengths = np.full(share, experiment.clip.train)
        features, frames = self._features(waveforms, lengths)
        labels = self._manifest.label[used].astype(np.int32)
        return Batch(features, frames, labels, used, int(np.sum(used != indices)))

    def _crops(self, indices: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        samples = self._experiment.clip.train
        waveforms = np.empty((len(indices), samples), np.float32)
        used = indices.copy()

        def fill(slot: int) -> None:
            index = int(indices[slot])
            for _ in range(self._attempts()):
                try:
                    waveforms[slot] = self._level(
                        self._source.random_clip(index, samples, int(seeds[slot]))
                    )
                    used[slot] = index
                    return
                except AudioError as error:
                    problem = error
                    self._note(error)
                    index = self._stand_in(index)
            raise problem

        self._each(fill, len(indices))
        return waveforms, used

    def _attempts(self) -> int:
        return 1 if self._experiment.loading.on_error == "stop" else 10

    def _stand_in(self, index: int) -> int:
        """Return the next utterance of the same class: a function of the index alone."""
        same = np.flatnonzero(self._manifest.label == self._manifest.label[index])
        return int(same[(np.searchsorted(same, index) + 1) % len(same)])

    # -------------------------------------------------------------- evaluation

    def evaluation_steps(self, batch: int) -> int:
        """Number of evaluation batches that hold every utterance once."""
        return -(-len(self._manifest) // batch)

    def evaluation(self, step: int, batch: int) -> Batch:
        """Return this process's share of evaluation batch `step`, padded to its fixed size.

        What cannot be read is padding too, or an AudioError where the configuration says 'stop'.
        """
        clip = self._experiment.clip
        share = batch // self._processes
        first = step * batch + self._process * share
        indices = np.arange(first, first + share)
        indices[indices >= len(self._manifest)] = -1
        waveforms = np.zeros((share, clip.evaluate), np.float32)
        lengths = np.full(share, clip.evaluate)

        def fill(slot: int) -> None:
            if indices[slot] < 0:
                return
            try:
                samples = self._source.first_clip(int(indices[slot]), clip.evaluate, clip.short)
            except AudioError as error:
                if self._experiment.loading.on_error == "stop":
                    raise
                self._note(error)
                indices[slot] = -1  # Its score will be left out, not made up.
                return
            waveforms[slot, : len(samples)] = self._level(samples)
            lengths[slot] = len(samples)

        self._each(fill, share)
        features, frames = self._features(waveforms, lengths)
        labels = np.where(indices < 0, 0, self._manifest.label[indices]).astype(np.int32)
        return Batch(features, frames, labels, indices)

    # ------------------------------------------------------------------ shared

    def _each(self, work: Any, count: int) -> None:
        """Call work(slot) for every slot, over the reading threads."""
        chunk = max(1, -(-count // self._threads))
        starts = range(0, count, chunk)

        def some(start: int) -> None:
            for slot in range(start, min(start + chunk, count)):
                work(slot)

        list(self._pool.map(some, starts))

    def _note(self, error: AudioError) -> None:
        """Say once of each file that it is left out; the words of its reader name it."""
        if self._experiment.loading.on_error == "skip" and str(error) not in self._noted:
            self._noted.add(str(error))
            log.warning("left out: %s", error)

    def _level(self, samples: np.ndarray) -> np.ndarray:
        level = self._experiment.clip.level_dbfs
        return samples if level is None else set_level(samples, level)

    def _features(
        self, waveforms: np.ndarray, lengths: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        front_end = self._experiment.front_end
        features = front_end(waveforms, lengths, threads=self._threads)
        if features.ndim == 2:
            return features, lengths.astype(np.int32)
        frames = np.array([front_end.frames(int(n)) for n in lengths], np.int32)
        return features, frames


def training_batches(batches: Batches, first: int, last: int, prefetch: int) -> Iterator[Batch]:
    """Iterate over training batches first .. last - 1, made ahead by one grain thread."""
    return _ahead(batches.training, range(first, last), prefetch)


def evaluation_batches(batches: Batches, batch: int, prefetch: int) -> Iterator[Batch]:
    """Iterate over the evaluation batches of a manifest, made ahead by one grain thread."""
    steps = range(batches.evaluation_steps(batch))
    return _ahead(lambda step: batches.evaluation(step, batch), steps, prefetch)


def _ahead(make: Any, steps: range, prefetch: int) -> Iterator[Batch]:
    from grain import MapDataset, ReadOptions

    if not len(steps):
        return
    dataset = MapDataset.range(steps.start, steps.stop).map(make)
    options = ReadOptions(num_threads=1, prefetch_buffer_size=max(prefetch, 1))
    iterator = iter(dataset.to_iter_dataset(options))
    try:
        yield from iterator
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def available_cores() -> int:
    """Number of cores this process may use (the affinity mask, as schedulers set it)."""
    return len(os.sched_getaffinity(0))
