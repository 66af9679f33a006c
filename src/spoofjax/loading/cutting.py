"""How a split is cut into evaluation batches: pure functions of lengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.config import Clip
from spoofjax.errors import ConfigError


class Cut(NamedTuple):
    """One evaluation batch: which utterances, and how many samples of each are seen."""

    rows: np.ndarray
    """int64 (batch,): rows of the manifest; -1 in padding."""
    samples: int


def check_buckets(clip: Clip) -> None:
    """Raise ConfigError unless the buckets of a clip rise and go with padding."""
    if not clip.buckets:
        return
    if clip.short != "pad":
        raise ConfigError(
            "clip.buckets needs clip.short = 'pad': a tiled utterance would be heard more often in "
            "a longer bucket, and its score would depend on the buckets."
        )
    if list(clip.buckets) != sorted(set(clip.buckets)) or clip.buckets[0] < 1:
        raise ConfigError(f"clip.buckets must be positive and rise, not {clip.buckets}.")


def even_cuts(utterances: int, batch: int, samples: int) -> list[Cut]:
    """Cut a split in its own order into batches of one shape; the last one is padded."""
    cuts = []
    for first in range(0, utterances, batch):
        rows = np.arange(first, first + batch)
        rows[rows >= utterances] = -1
        cuts.append(Cut(rows, samples))
    return cuts


def bucket_cuts(
    lengths: np.ndarray, buckets: tuple[int, ...], budget: int, multiple: int = 1
) -> list[Cut]:
    """Cut a split into batches of like lengths, shortest first.

    An utterance goes to the smallest bucket that holds it, or is cut to the largest. A bucket's
    batches have as many utterances as `budget` samples hold, a multiple of `multiple`, and at
    least that.
    """
    edges = np.asarray(buckets)
    bucket = np.minimum(np.searchsorted(edges, lengths), len(edges) - 1)
    cuts = []
    for number, samples in enumerate(buckets):
        inside = np.flatnonzero(bucket == number)
        size = max(budget // samples // multiple, 1) * multiple
        for first in range(0, len(inside), size):
            rows = np.full(size, -1, np.int64)
            chosen = inside[first : first + size]
            rows[: len(chosen)] = chosen
            cuts.append(Cut(rows, samples))
    return cuts
