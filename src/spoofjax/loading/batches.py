"""Manifest to batches: grain carries step numbers, each batch is made by one call.

The batch at step k is a function of (seed, k) alone, whatever the number of threads, processes or
devices: draw d = k * batch + slot picks the utterance, and the seed of (seed, d) its crop and
augmentation. With buckets the utterance is a draw of the bucket's own (see buckets.py), and the
batch in d is the widest one's. A process makes only its own slots of each batch.
"""

from __future__ import annotations

import logging
import threading
from typing import NamedTuple

import numpy as np

from spoofjax.audio.clips import Short, finish
from spoofjax.audio.cropping import set_level
from spoofjax.audio.seeds import draw_seeds
from spoofjax.config import Augmentation, Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError
from spoofjax.loading.buckets import Schedule, schedule_of
from spoofjax.loading.cutting import Cut, bucket_cuts, check_buckets, even_cuts
from spoofjax.loading.readers import Readers
from spoofjax.loading.sources import source_of
from spoofjax.processor import available_cores

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
        schedule: Schedule | None = None,
    ):
        """`schedule`: that of other Batches of this split, which spares measuring it again."""
        check_buckets(experiment.clip)
        self._experiment = experiment
        self._manifest = manifest
        self._augments = type(experiment.augment) is not Augmentation
        self._source = source_of(manifest, experiment.front_end.rate)
        self._process, self._processes = process, processes
        self._threads = experiment.loading.threads or available_cores()
        self._readers = Readers(self._threads)
        self._scratch = threading.local()
        self._schedule = schedule
        self._left_out: set[str] = set()

    def close(self) -> None:
        """End the reading threads and let go of opened files."""
        self._readers.close()
        self._source.close()

    # ---------------------------------------------------------------- training

    @property
    def schedule(self) -> Schedule:
        """Which bucket each training step takes; made when it is first asked for."""
        if self._schedule is None:
            self._schedule = schedule_of(self._experiment, self._manifest, self._lengths)
        return self._schedule

    def training(self, step: int) -> Batch:
        """Return this process's share of the training batch of `step`.

        Raises AudioError for an unreadable file where the configuration says 'stop'.
        """
        experiment = self._experiment
        bucket, turn = self.schedule.at(step)
        share = bucket.size // self._processes
        slot = self._process * share
        indices = bucket.drawn(turn * bucket.size + slot, share)
        first = self.schedule.first_draw(step) + slot
        seeds = draw_seeds(experiment.seed, np.arange(first, first + share))
        waveforms = self._buffer(share, bucket.samples, exact=not self._augments)
        if experiment.clip.train_buckets:
            used, lengths = self._wholes(indices, seeds, waveforms, bucket.group.rows)
        else:
            used, lengths = self._crops(indices, seeds, waveforms)
            if self._augments:
                waveforms = self._augmented(waveforms, seeds, self._threads)
        features, frames = self._features(waveforms, lengths)
        labels = self._manifest.label[used].astype(np.int32)
        return Batch(features, frames, labels, used, int(np.sum(used != indices)))

    def blanks(self) -> list[Batch]:
        """Return this process's share of a batch of each shape that `training` makes, all zeros."""
        front_end, found = self._experiment.front_end, []
        for bucket in self.schedule.buckets:
            share = bucket.size // self._processes
            one = front_end(np.zeros((1, bucket.samples), np.float32))
            features = np.zeros((share, *one.shape[1:]), np.float32)
            zeros = np.zeros(share, np.int32)
            found.append(Batch(features, zeros, zeros, zeros.astype(np.int64)))
        return found

    def _crops(
        self, indices: np.ndarray, seeds: np.ndarray, waveforms: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with the drawn clips, tiled; return what `_drawn` returns."""
        used, lengths = self._drawn(indices, seeds, waveforms, "tile")
        if self._experiment.clip.level_dbfs is not None:
            self._readers.each(lambda slot: self._level(waveforms[slot]), range(len(indices)))
        return used, lengths

    def _wholes(
        self, indices: np.ndarray, seeds: np.ndarray, waveforms: np.ndarray, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with whole utterances and zeros; return what `_drawn` returns.

        Level and augmentation see an utterance's own samples alone.
        """
        used, lengths = self._drawn(indices, seeds, waveforms, "pad", rows)

        def finish(slot: int) -> None:
            clip = waveforms[slot : slot + 1, : lengths[slot]]
            self._level(clip[0])
            if self._augments:
                clip[:] = self._augmented(clip, seeds[slot : slot + 1], threads=1)
            waveforms[slot, lengths[slot] :] = 0

        self._readers.each(finish, range(len(indices)))
        return used, lengths

    def _drawn(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        waveforms: np.ndarray,
        short: Short,
        rows: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with drawn clips; return the utterances used and their own samples.

        Both are int64 (batch,). A stand-in is one of `rows`, if given.
        """
        used = indices.copy()
        lengths = self._source.gather(indices, seeds, waveforms, short, self._threads)

        def fill(slot: int) -> None:
            index, problem = int(indices[slot]), AudioError("no stand-in was tried")
            for _ in range(STAND_INS):
                try:
                    out, seed = waveforms[slot], int(seeds[slot])
                    lengths[slot] = self._source.random_clip(index, seed, out, short)
                    used[slot] = index
                    return
                except AudioError as error:
                    self._leave_out(error)
                    problem, index = error, self._stand_in(index, rows)
            raise problem

        self._readers.each(fill, np.flatnonzero(lengths < 0).tolist())
        return used, lengths

    def _augmented(self, waveforms: np.ndarray, seeds: np.ndarray, threads: int) -> np.ndarray:
        experiment = self._experiment
        return experiment.augment(waveforms, seeds, experiment.front_end.rate, threads=threads)

    def _leave_out(self, error: AudioError) -> None:
        """Say so once for each file, or raise where the configuration says 'stop'."""
        if self._experiment.loading.on_error == "stop":
            raise error
        if str(error) not in self._left_out:
            self._left_out.add(str(error))
            log.warning("left out: %s", error)

    def _stand_in(self, index: int, rows: np.ndarray | None = None) -> int:
        """Return the next utterance of the same class, of `rows` if given: a function of these."""
        label = self._manifest.label
        rows = np.arange(len(label)) if rows is None else rows
        same = rows[label[rows] == label[index]]
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
        """Return int64 (utterances,) samples; -1 for what cannot be read, where that may be."""
        if self._manifest.samples is not None:
            return self._manifest.samples
        lengths = np.full(len(self._manifest), -1, np.int64)

        def measure(row: int) -> None:
            try:
                lengths[row] = self._source.length(row)
            except AudioError as error:
                self._leave_out(error)

        self._readers.each(measure, range(len(lengths)))
        return lengths

    def evaluation(self, cut: Cut) -> Batch:
        """Return this process's share of an evaluation batch, padded to its fixed size.

        What cannot be read is padding too, or an AudioError where the configuration says 'stop'.
        """
        clip = self._experiment.clip
        share = len(cut.rows) // self._processes
        indices = cut.rows[self._process * share : (self._process + 1) * share].copy()
        waveforms = self._buffer(share, cut.samples, exact=True)
        own = self._source.gather(indices, None, waveforms, clip.short, self._threads)

        def fill(slot: int) -> None:
            row, out = int(indices[slot]), waveforms[slot]
            if row >= 0 and own[slot] < 0:
                try:
                    own[slot] = self._source.first_clip(row, out, clip.short)
                except AudioError as error:
                    self._leave_out(error)
                    indices[slot] = -1  # its score is left out, not made up
            finish(out, max(int(own[slot]), 0), clip.level_dbfs)

        self._readers.each(fill, range(share))
        lengths = np.where(own < 0, cut.samples, own)
        features, frames = self._features(waveforms, lengths)
        labels = np.where(indices < 0, 0, self._manifest.label[indices]).astype(np.int32)
        return Batch(features, frames, labels, indices, rows=cut.rows)

    # ------------------------------------------------------------------ shared

    def _buffer(self, batch: int, samples: int, exact: bool) -> np.ndarray:
        """Return this thread's (batch, samples) buffer: int16 where nothing needs floats.

        It is used anew for every batch: fresh pages for each would cost as much as the copy.
        """
        exact = exact and self._source.sixteen_bit and self._experiment.clip.level_dbfs is None
        size, dtype = batch * samples, np.int16 if exact else np.float32
        buffer = getattr(self._scratch, "buffer", None)
        if buffer is None or buffer.size < size or buffer.dtype != dtype:
            buffer = self._scratch.buffer = np.empty(size, dtype)
        return buffer[:size].reshape(batch, samples)

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
