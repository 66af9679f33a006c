"""How utterances meet in batches by their lengths: pure functions of lengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.audio.clips import bucket_of
from spoofjax.config import Clip
from spoofjax.errors import ConfigError


class Cut(NamedTuple):
    """One evaluation batch: which utterances, and how many samples of each are seen."""

    rows: np.ndarray
    """int64 (batch,): rows of the manifest; -1 in padding."""
    samples: int


def check_buckets(clip: Clip) -> None:
    """Raise ConfigError unless the buckets of a clip rise and go with padding."""
    for name in ("buckets", "train_buckets"):
        buckets = getattr(clip, name)
        if not buckets:
            continue
        if clip.short != "pad":
            raise ConfigError(
                f"clip.{name} needs clip.short = 'pad': a tiled utterance would be heard more "
                "often in a longer bucket, and its score would depend on the buckets."
            )
        if list(buckets) != sorted(set(buckets)) or buckets[0] < 1:
            raise ConfigError(f"clip.{name} must be positive and rise, not {buckets}.")
    if clip.train_multiple < 2 or clip.train_multiple % 2:
        raise ConfigError(
            f"clip.train_multiple must be positive and even, so that both classes fit a batch "
            f"equally often, not {clip.train_multiple}."
        )


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
    bucket = bucket_of(lengths, buckets)
    cuts = []
    for number, samples in enumerate(buckets):
        inside = np.flatnonzero(bucket == number)
        size = batch_within(budget, samples, multiple)
        for first in range(0, len(inside), size):
            rows = np.full(size, -1, np.int64)
            chosen = inside[first : first + size]
            rows[: len(chosen)] = chosen
            cuts.append(Cut(rows, samples))
    return cuts


def batch_within(budget: int, samples: int, multiple: int) -> int:
    """Return how many rows of `samples` fit `budget`: a multiple of `multiple`, at least that."""
    return max(budget // samples // multiple, 1) * multiple
