"""Clips of drawn utterances: read, replaced where they cannot be read, and brought to a level."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from spoofjax.audio.clips import Short
from spoofjax.audio.cropping import set_level
from spoofjax.errors import AudioError
from spoofjax.loading.batches import Batches


class DrawnBatches(Batches):
    """Base of TrainingBatches: fills clips with utterances and crops that seeds have drawn."""

    def _drawn(
        self,
        indices: np.ndarray,
        seeds: np.ndarray,
        waveforms: np.ndarray,
        rows: Callable[[int], np.ndarray],
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `waveforms` with the drawn clips at their level; return what `_draw_clips` returns.

        They are tiled crops or, with train_buckets, whole utterances.
        """
        short: Short = "pad" if self._clip.train_buckets else "tile"
        used, lengths = self._draw_clips(indices, seeds, waveforms, short, rows)
        if self._clip.level_dbfs is not None:
            slots = range(len(indices))
            self._readers.each(lambda n: self._level(waveforms[n, : lengths[n]]), slots)
        return used, lengths

    def _draw_donors(
        self, rows: np.ndarray, seeds: np.ndarray, clips: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Fill `clips` with crops of utterances, not tiled; return what `_draw_clips` returns."""
        everyone = np.arange(len(self._manifest))
        return self._draw_clips(rows, seeds, clips, "pad", lambda _: everyone)

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

    def _level(self, samples: np.ndarray) -> None:
        level = self._clip.level_dbfs
        if level is not None:
            samples[:] = set_level(samples, level)
