"""Evaluation batches: every utterance of a split once, from its start."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.clips import finish
from spoofjax.errors import AudioError
from spoofjax.loading.batches import Batch, Batches
from spoofjax.loading.cutting import Cut, bucket_cuts, even_cuts


class EvaluationBatches(Batches):
    """Makes the evaluation batches of one manifest; `batch(cut)` is a pure function."""

    _changes = False
    """Whether a subclass changes clips before their level is set."""

    def cuts(self, batch: int, multiple: int = 1) -> list[Cut]:
        """Return the batches that hold every utterance once.

        With buckets, a batch holds about as many samples as `batch` clips of clip.evaluate, and
        a multiple of `multiple` utterances.
        """
        clip = self._clip
        if not clip.buckets:
            return even_cuts(len(self._manifest), batch, clip.evaluate)
        return bucket_cuts(self.lengths(), clip.buckets, batch * clip.evaluate, multiple)

    def batch(self, cut: Cut) -> Batch:
        """Return this process's share of a batch, padded to its fixed size.

        An utterance that cannot be read becomes padding, or raises AudioError where the
        configuration says 'stop'.
        """
        clip = self._clip
        share = len(cut.rows) // self._processes
        indices = cut.rows[self._process * share : (self._process + 1) * share].copy()
        waveforms = self._buffer(share, cut.samples, needs_float=self._changes)
        valid = self._source.gather(indices, None, waveforms, clip.short, self._threads)

        def fill(slot: int) -> None:
            row, out = int(indices[slot]), waveforms[slot]
            if row >= 0 and valid[slot] < 0:
                try:
                    valid[slot] = self._source.clip(row, None, out, clip.short)
                except AudioError as error:
                    self._unreadable.add(row, error)
                    indices[slot] = -1  # the utterance gets no score instead of a made-up one
            count = max(int(valid[slot]), 0)
            if self._changes and row >= 0 and count:
                self._change(row, out[:count])
            finish(out, count, clip.level_dbfs)

        self._readers.each(fill, range(share))
        # Padding counts as a full clip: pooling needs a valid frame. Its score is not used.
        lengths = np.where(valid < 0, cut.samples, valid)
        features, frames = self._features(waveforms, lengths)
        labels = np.where(indices < 0, 0, self._manifest.label[indices]).astype(np.int32)
        return Batch(features, frames, labels, indices, rows=cut.rows)

    def _change(self, row: int, clip: np.ndarray) -> None:
        """Change the valid samples of a row's clip, float32 (samples,), in place."""
