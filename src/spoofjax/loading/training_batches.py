"""Training batches: each is a function of (seed, step) alone.

The number of threads, processes and devices does not matter: draw d = step * batch + slot picks
the utterance, and the seed of (seed, d) its crop and augmentation. With buckets, the utterance is
a draw of the bucket's own stream (see buckets.py), and d counts by the size of the largest batch.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

import numpy as np

from spoofjax.audio.seeds import REFERENCE, draw_seeds, stream
from spoofjax.config import Augmentation, Clip, Copying, FrontEnd, Loading, Sampler
from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.loading.batches import Batch
from spoofjax.loading.buckets import Bucket, Schedule, schedule_of
from spoofjax.loading.cutting import check_train_multiple
from spoofjax.loading.donors import Spliced, Splicer
from spoofjax.loading.drawn_batches import DrawnBatches
from spoofjax.loading.embedding_source import check_embeddings
from spoofjax.loading.references import References
from spoofjax.loading.sample_labels import SampleLabels, step_labels, utterance_labels
from spoofjax.splicing import Splicing
from spoofjax.tracing import Tracing


class Heard(NamedTuple):
    """What the network hears of clips."""

    features: np.ndarray
    """Those of Batch."""
    frames: np.ndarray
    """int32 (batch,): valid frames."""
    used: np.ndarray
    """int64 (batch,): rows of the utterances."""
    lengths: np.ndarray
    """int64 (batch,): valid samples."""
    labels: np.ndarray | None
    """int8 (batch, samples): labels of samples; None where they are not needed."""


class TrainingBatches(DrawnBatches):
    """Makes the training batches of one manifest; `batch(step)` is a pure function."""

    def __init__(
        self,
        manifest: Manifest,
        *,
        front_end: FrontEnd,
        clip: Clip,
        loading: Loading,
        sampling: Sampler,
        augment: Augmentation,
        synthesis: Copying | None = None,
        batch: int,
        seed: int,
        process: int = 0,
        processes: int = 1,
        schedule: Schedule | None = None,
        reference: Literal["none", "speaker", "anyone"] = "none",
        tracing: Tracing | None = None,
        sends_samples: bool = False,
        splicing: Splicing | None = None,
        step_frames: int | None = None,
    ):
        """`batch` is the global batch. `synthesis` turns some bona fide draws into spoofed copies.

        `splicing` puts pieces of other utterances into some clips. With `step_frames`, batches have
        labels of steps of so many frames; then an utterance with segment labels is spoof only where
        the part that is heard has a spoof in it.

        Pass the `schedule` of other TrainingBatches of the same split to spare measuring its files
        again. With a `reference`, each utterance comes with another one, bona fide; raises
        CorpusError where a speaker has none. With `tracing` that names attacks, each utterance
        comes with its attack. `sends_samples` is that of Batches. Raises what the checks of
        `augment` and `synthesis` raise.
        """
        super().__init__(
            manifest,
            front_end=front_end,
            clip=clip,
            loading=loading,
            process=process,
            processes=processes,
            sends_samples=sends_samples,
        )
        check_train_multiple(clip, sampling.group_size)
        self._sampling, self._batch, self._seed = sampling, batch, seed
        self._augment = augment
        self._augments = type(augment) is not Augmentation
        self._synthesis = synthesis or Copying()
        self._copies = self._synthesis.copied_share > 0
        splicing = splicing or Splicing()
        self._splices = splicing.share > 0
        self._step_frames = step_frames
        self._splicer: Splicer | None = None
        if self._splices or step_frames is not None:
            labels = SampleLabels(manifest, front_end.rate, self._source.length)
            self._splicer = Splicer(manifest, splicing, front_end.rate, labels, self._draw_donors)
        check_embeddings(front_end, clip, self._augments, self._copies, self._splices)
        augment.check(front_end.rate)
        self._synthesis.check(front_end.rate)
        self._schedule = schedule
        self._attacks = None
        if tracing is not None and tracing.attacks:
            self._attacks = tracing.classes_of(manifest)
        self._references = None if reference == "none" else References(manifest, reference)

    @property
    def schedule(self) -> Schedule:
        """Which bucket each training step takes; made when it is first needed."""
        if self._schedule is None:
            self._schedule = schedule_of(
                self._manifest, self._sampling, self._clip, self._batch, self._seed, self.lengths
            )
        return self._schedule

    def batch(self, step: int) -> Batch:
        """Return this process's share of the batch of `step`.

        Raises AudioError for an unreadable file where the configuration says 'stop'.
        """
        with self.durations.of("batch"):
            return self._made(step)

    def _made(self, step: int) -> Batch:
        bucket, indices, seeds = self._draws(step)
        rows = self._replacements(bucket)
        is_copy = self._synthesis.are_copied(seeds) & (self._manifest.label[indices] == BONAFIDE)
        heard = self._heard(indices, seeds, bucket.samples, lambda _: rows, is_copy)
        features, frames, used = heard.features, heard.frames, heard.used
        labels = self._manifest.label[used].astype(np.int32)
        labels[is_copy] = SPOOF
        # The row of a copy is that of its bona fide parent, which has no attack.
        attacks = None if self._attacks is None else self._attacks[used]
        skipped = int(np.sum(used != indices))
        batch = Batch(features, frames, labels, used, skipped, attacks=attacks)
        if heard.labels is not None:
            batch = batch._replace(labels=utterance_labels(heard.labels))
        if heard.labels is not None and self._step_frames is not None:
            steps = step_labels(heard.labels, heard.lengths, self.front_end, self._step_frames)
            batch = batch._replace(step_labels=steps)
        return batch if self._references is None else self._paired(batch, seeds, bucket.samples)

    def _paired(self, batch: Batch, seeds: np.ndarray, samples: int) -> Batch:
        """Return the batch with a reference for each utterance; `seeds` are those of its draws."""
        assert self._references is not None
        wanted = self._references.of(batch.indices, seeds)
        # Seeds of its own give the reference a crop and an augmentation of its own.
        heard = self._heard(wanted, stream(seeds, REFERENCE), samples, self._references.candidates)
        skipped = batch.skipped + int(np.sum(heard.used != wanted))
        return batch._replace(skipped=skipped, reference=(heard.features, heard.frames))

    def _heard(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        samples: int,
        rows: Callable[[int], np.ndarray],
        is_copy: np.ndarray | None = None,
    ) -> Heard:
        """Return what the network hears of drawn clips of `samples`.

        `rows` maps an unreadable utterance to those that may replace it. `is_copy`, bool (batch,),
        says which clips are turned into spoofed copies; it is cleared for silent ones. Without it,
        clips are neither copied nor spliced, and their samples get no labels.
        """
        waveforms = self._buffer(len(indices), samples, self._needs_float)
        used, lengths = self._drawn(indices, seeds, waveforms, rows)
        spliced = None
        if is_copy is None:
            is_copy = np.zeros(len(indices), bool)
        elif self._splicer is not None:
            spliced = self._splicer.begin(used, lengths, seeds, samples, is_copy)
        if self._clip.train_buckets:
            self._finish_wholes(waveforms, lengths, seeds, is_copy, spliced)
        else:
            copies = np.flatnonzero(is_copy).tolist()
            self._readers.each(lambda slot: self._copy(waveforms, slot, seeds, is_copy), copies)
            if spliced is not None:
                slots = range(len(indices))
                self._readers.each(lambda n: spliced.finish(n, waveforms[n], is_copy[n]), slots)
            if self._augments:
                waveforms = self._augmented(waveforms, seeds, self._threads)
        with self.durations.of("features"):
            features, frames = self._features(waveforms, lengths)
        labels = None if spliced is None else spliced.labels
        return Heard(features, frames, used, lengths, labels)

    def clips(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Return float32 (batch, samples) of the batch of `step` as its files hold them.

        The second array, int64 (batch,), is the number of valid samples. Raises AudioError as
        `batch` does.
        """
        bucket, indices, seeds = self._draws(step)
        clips = np.empty((len(indices), bucket.samples), np.float32)
        rows = self._replacements(bucket)
        return clips, self._draw_clips(indices, seeds, clips, "pad", lambda _: rows)[1]

    def _draws(self, step: int) -> tuple[Bucket, np.ndarray, np.ndarray]:
        """Return the bucket of `step`, and this process's utterances and seeds, both (batch,)."""
        bucket, turn = self.schedule.at(step)
        share = bucket.size // self._processes
        slot = self._process * share
        first = self.schedule.first_draw(step) + slot
        seeds = draw_seeds(self._seed, np.arange(first, first + share))
        return bucket, bucket.drawn(turn * bucket.size + slot, share), seeds

    def _replacements(self, bucket: Bucket) -> np.ndarray:
        """Return the rows among which an unreadable utterance of a bucket is replaced."""
        return bucket.group.rows if self._clip.train_buckets else np.arange(len(self._manifest))

    def blanks(self) -> list[Batch]:
        """Return a batch of zeros for each shape that `batch` makes, this process's share of it."""
        blanks = []
        for bucket in self.schedule.buckets:
            share = bucket.size // self._processes
            one = self._buffer(1, bucket.samples, self._needs_float)
            one[:] = 0
            made, _ = self._features(one, np.array([bucket.samples]))
            features = np.zeros((share, *made.shape[1:]), made.dtype)
            zeros = np.zeros(share, np.int32)
            blank = Batch(features, zeros, zeros, zeros.astype(np.int64))
            paired = None if self._references is None else (features, zeros)
            steps = None
            if self._step_frames is not None:
                labels = np.zeros((share, bucket.samples), np.int8)
                steps = step_labels(labels, zeros, self.front_end, self._step_frames)
            attacks = None if self._attacks is None else zeros
            blanks.append(blank._replace(reference=paired, attacks=attacks, step_labels=steps))
        return blanks

    def _finish_wholes(
        self,
        waveforms: np.ndarray,
        lengths: np.ndarray,
        seeds: np.ndarray,
        is_copy: np.ndarray,
        spliced: Spliced | None,
    ) -> None:
        """Copy, splice and augment whole utterances in place, and write zeros after them.

        Each step sees only an utterance's own samples, so that its features do not depend on the
        bucket.
        """

        def finish(slot: int) -> None:
            clip = waveforms[slot : slot + 1, : lengths[slot]]
            if is_copy[slot]:
                self._copy(waveforms[:, : lengths[slot]], slot, seeds, is_copy)
            if spliced is not None:
                spliced.finish(slot, clip[0], is_copy[slot])
            if self._augments:
                clip[:] = self._augmented(clip, seeds[slot : slot + 1], threads=1)
            waveforms[slot, lengths[slot] :] = 0

        self._readers.each(finish, range(len(waveforms)))

    def _augmented(self, waveforms: np.ndarray, seeds: np.ndarray, threads: int) -> np.ndarray:
        return self._augment(waveforms, seeds, self.front_end.rate, threads=threads)

    @property
    def _needs_float(self) -> bool:
        return self._augments or self._copies or self._splices

    def _copy(
        self, waveforms: np.ndarray, slot: int, seeds: np.ndarray, is_copy: np.ndarray
    ) -> None:
        """Turn a clip into a spoofed copy in place; clear its `is_copy` where it is silent."""
        samples = waveforms[slot]
        if np.ptp(samples) == 0:
            is_copy[slot] = False
        else:
            samples[:] = self._synthesis.copy(samples, int(seeds[slot]))
