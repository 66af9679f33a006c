"""Which samples of a training clip are spoofed, and which of its steps: pure functions of draws."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from spoofjax.audio.cropping import crop_start
from spoofjax.config import FrontEnd
from spoofjax.corpora.manifest import BONAFIDE, SPOOF, UNKNOWN, Manifest


class SampleLabels:
    """Labels of the samples of clips: of an utterance with segment labels those, else its own."""

    def __init__(self, manifest: Manifest, rate: int, length: Callable[[int], int]):
        """`length` returns the samples of an utterance at `rate` samples per second."""
        self._manifest, self._rate, self._length = manifest, rate, length

    def of(
        self, rows: np.ndarray, seeds: np.ndarray, lengths: np.ndarray, samples: int
    ) -> np.ndarray:
        """Return int8 (clips, samples): 1 bona fide, 0 spoof; samples of padding are bona fide.

        `rows` int64 (clips,) are the utterances, `seeds` uint64 (clips,) those of their draws, and
        `lengths` int64 (clips,) the valid samples.
        """
        labels = np.full((len(rows), samples), BONAFIDE, np.int8)
        for slot, row in enumerate(rows.tolist()):
            own = labels[slot, : lengths[slot]]
            own[:] = self._manifest.label[row]
            self._fill_segments(own, row, int(seeds[slot]), samples)
        return labels

    def _fill_segments(self, own: np.ndarray, row: int, seed: int, samples: int) -> None:
        """Write the segment labels of an utterance, if it has any, into those of its clip."""
        table = self._manifest.segments
        if table is None or not len(table.at(row)):
            return
        length = self._length(row)
        # A short utterance is repeated up to the end of its clip, or padded.
        places = (crop_start(length, samples, seed) + np.arange(len(own))) % length
        segments = table.at(row)
        numbers = (places / (table.step * self._rate)).astype(np.int64)
        own[:] = segments[np.minimum(numbers, len(segments) - 1)]


def step_labels(
    labels: np.ndarray, lengths: np.ndarray, front_end: FrontEnd, step_frames: int
) -> np.ndarray:
    """Return int8 (clips, steps): the label of each step of `step_frames` frames.

    A step is spoof (0) if any of its samples is, and -1 where it holds padding alone. `labels` int8
    (clips, samples) and `lengths` int64 (clips,) are those of SampleLabels.of.
    """
    size = front_end.hop * step_frames
    clips, samples = labels.shape
    steps = -(-front_end.frames(samples) // step_frames)
    padded = np.full((clips, steps * size), BONAFIDE, np.int8)
    heard = min(samples, steps * size)
    padded[:, :heard] = labels[:, :heard]
    lowest = padded.reshape(clips, steps, size).min(2)
    is_padding = np.arange(steps) * size >= lengths[:, None]
    return np.where(is_padding, np.int8(UNKNOWN), lowest)


def utterance_labels(labels: np.ndarray) -> np.ndarray:
    """Return int32 (clips,): spoof (0) where any sample of int8 (clips, samples) is."""
    return np.where((labels == SPOOF).any(1), SPOOF, BONAFIDE).astype(np.int32)
