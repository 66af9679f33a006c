"""Training batches: each is a function of (seed, step) alone.

The number of threads, processes and devices does not matter: draw d = step * batch + slot picks
the utterance, and the seed of (seed, d) its crop and augmentation. With buckets, the utterance is
a draw of the bucket's own stream (see buckets.py), and d counts by the size of the largest batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np

from spoofjax.audio.clips import Short
from spoofjax.audio.cropping import set_level
from spoofjax.audio.seeds import REFERENCE, draw_seeds, stream
from spoofjax.config import Augmentation, Clip, Copying, FrontEnd, Loading, Sampler
from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.errors import AudioError
from spoofjax.loading.batches import Batch, Batches
from spoofjax.loading.buckets import Bucket, Schedule, schedule_of
from spoofjax.loading.cutting import check_train_multiple
from spoofjax.loading.embedding_source import check_embeddings
from spoofjax.loading.references import References


class TrainingBatches(Batches):
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
        sends_samples: bool = False,
    ):
        """`batch` is the global batch. `synthesis` turns some bona fide draws into spoofed copies.

        Pass the `schedule` of other TrainingBatches of the same split to spare measuring its files
        again. With a `reference`, each utterance comes with another one, bona fide; raises
        CorpusError where a speaker has none. `sends_samples` is that of Batches. Raises what the
        checks of `augment` and `synthesis` raise.
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
        check_embeddings(front_end, clip, self._augments, self._copies)
        augment.check(front_end.rate)
        self._synthesis.check(front_end.rate)
        self._schedule = schedule
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
        features, frames, used = self._heard(
            indices, seeds, bucket.samples, lambda _: rows, is_copy
        )
        labels = self._manifest.label[used].astype(np.int32)
        labels[is_copy] = SPOOF
        batch = Batch(features, frames, labels, used, int(np.sum(used != indices)))
        return batch if self._references is None else self._paired(batch, seeds, bucket.samples)

    def _paired(self, batch: Batch, seeds: np.ndarray, samples: int) -> Batch:
        """Return the batch with a reference for each utterance; `seeds` are those of its draws."""
        assert self._references is not None
        wanted = self._references.of(batch.indices, seeds)
        # Seeds of its own give the reference a crop and an augmentation of its own.
        features, frames, used = self._heard(
            wanted, stream(seeds, REFERENCE), samples, self._references.candidates
        )
        skipped = batch.skipped + int(np.sum(used != wanted))
        return batch._replace(skipped=skipped, reference=(features, frames))

    def _heard(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        samples: int,
        rows: Callable[[int], np.ndarray],
        is_copy: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return features, valid frames and the utterances used of drawn clips of `samples`.

        `rows` maps an unreadable utterance to those that may replace it. `is_copy`, bool (batch,),
        says which clips are turned into spoofed copies; it is cleared for silent ones.
        """
        waveforms = self._buffer(len(indices), samples, self._needs_float)
        if is_copy is None:
            is_copy = np.zeros(len(indices), bool)
        if self._clip.train_buckets:
            used, lengths = self._wholes(indices, seeds, waveforms, rows, is_copy)
        else:
            used, lengths = self._crops(indices, seeds, waveforms, rows)
            copies = np.flatnonzero(is_copy).tolist()
            self._readers.each(lambda slot: self._copy(waveforms, slot, seeds, is_copy), copies)
            if self._augments:
                waveforms = self._augmented(waveforms, seeds, self._threads)
        with self.durations.of("features"):
            features, frames = self._features(waveforms, lengths)
        return features, frames, used

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
            blanks.append(blank._replace(reference=paired))
        return blanks

    def _crops(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        waveforms: np.ndarray,
        rows: Callable[[int], np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with the drawn clips, tiled; return what `_draw_clips` returns."""
        used, lengths = self._draw_clips(indices, seeds, waveforms, "tile", rows)
        if self._clip.level_dbfs is not None:
            self._readers.each(lambda slot: self._level(waveforms[slot]), range(len(indices)))
        return used, lengths

    def _wholes(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        waveforms: np.ndarray,
        rows: Callable[[int], np.ndarray],
        is_copy: np.ndarray,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with whole utterances and zeros; return what `_draw_clips` returns.

        Level, copies and augmentation see only an utterance's own samples, so that its features do
        not depend on the bucket.
        """
        used, lengths = self._draw_clips(indices, seeds, waveforms, "pad", rows)

        def finish(slot: int) -> None:
            clip = waveforms[slot : slot + 1, : lengths[slot]]
            self._level(clip[0])
            if is_copy[slot]:
                self._copy(waveforms[:, : lengths[slot]], slot, seeds, is_copy)
            if self._augments:
                clip[:] = self._augmented(clip, seeds[slot : slot + 1], threads=1)
            waveforms[slot, lengths[slot] :] = 0

        self._readers.each(finish, range(len(indices)))
        return used, lengths

    def _draw_clips(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        waveforms: np.ndarray,
        short: Short,
        rows: Callable[[int], np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with drawn clips; return the utterances used and their valid samples.

        Both are int64 (batch,). An unreadable utterance is replaced by one of those that `rows`
        gives for it.
        """
        used = indices.copy()
        lengths = self._source.gather(indices, seeds, waveforms, short, self._threads)

        def fill(slot: int) -> None:
            for index in self._candidates(int(indices[slot]), rows):
                if index in self._unreadable:
                    continue
                try:
                    lengths[slot] = self._source.clip(
                        index, int(seeds[slot]), waveforms[slot], short
                    )
                    used[slot] = index
                    return
                except AudioError as error:
                    self._unreadable.add(index, error)
            raise AudioError(
                f"No utterance can be read that could replace {self._manifest.ids[indices[slot]]}: "
                "all others of its class are unreadable too."
            )

        self._readers.each(fill, np.flatnonzero(lengths < 0).tolist())
        return used, lengths

    def _candidates(self, index: int, rows: Callable[[int], np.ndarray]) -> Iterator[int]:
        """Yield an utterance, then those that may replace it: the next ones of its class.

        They are among those that `rows` gives for it. Their order depends on nothing else, so that
        a resumed run replaces a file by the same one.
        """
        yield index
        label, others = self._manifest.label, rows(index)
        same_class = others[label[others] == label[index]]
        after = np.searchsorted(same_class, index, side="right")
        yield from np.roll(same_class, -after).tolist()

    def _augmented(self, waveforms: np.ndarray, seeds: np.ndarray, threads: int) -> np.ndarray:
        return self._augment(waveforms, seeds, self.front_end.rate, threads=threads)

    @property
    def _needs_float(self) -> bool:
        return self._augments or self._copies

    def _copy(
        self, waveforms: np.ndarray, slot: int, seeds: np.ndarray, is_copy: np.ndarray
    ) -> None:
        """Turn a clip into a spoofed copy in place; clear its `is_copy` where it is silent."""
        samples = waveforms[slot]
        if np.ptp(samples) == 0:
            is_copy[slot] = False
        else:
            samples[:] = self._synthesis.copy(samples, int(seeds[slot]))

    def _level(self, samples: np.ndarray) -> None:
        level = self._clip.level_dbfs
        if level is not None:
            samples[:] = set_level(samples, level)
