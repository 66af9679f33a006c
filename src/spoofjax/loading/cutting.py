"""Which utterances share a batch, by their lengths: pure functions of lengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.audio.clips import bucket_of
from spoofjax.config import Clip
from spoofjax.errors import ConfigError


class Cut(NamedTuple):
    """One evaluation batch: which utterances, and how many samples of each are used."""

    rows: np.ndarray
    """int64 (batch,): rows of the manifest; -1 in padding."""
    samples: int


def check_buckets(clip: Clip) -> None:
    """Raise ConfigError unless the buckets of a clip rise and short utterances are padded."""
    for name in ("buckets", "train_buckets"):
        buckets = getattr(clip, name)
        if not buckets:
            continue
        if clip.short != "pad":
            raise ConfigError(
                f"clip.{name} needs clip.short = 'pad': a tiled utterance would be repeated more "
                "often in a longer bucket, so its score would depend on the buckets."
            )
        if list(buckets) != sorted(set(buckets)) or buckets[0] < 1:
            raise ConfigError(f"clip.{name} must be positive and rise, not {buckets}.")


def check_train_multiple(clip: Clip, group_size: int) -> None:
    """Raise ConfigError unless the batches of train_buckets hold whole groups of draws.

    `group_size` is that of the sampler, see config.Sampler.group_size.
    """
    if clip.train_buckets and (clip.train_multiple < 1 or clip.train_multiple % group_size):
        raise ConfigError(
            f"clip.train_multiple must be a positive multiple of {group_size}, the group in which "
            f"the sampler draws the classes, not {clip.train_multiple}."
        )


def even_cuts(utterances: int, batch: int, samples: int) -> list[Cut]:
    """Cut a split, in its own order, into batches of one shape; the last one is padded."""
    cuts = []
    for first in range(0, utterances, batch):
        rows = np.arange(first, first + batch)
        rows[rows >= utterances] = -1
        cuts.append(Cut(rows, samples))
    return cuts


def bucket_cuts(
    lengths: np.ndarray, buckets: tuple[int, ...], budget: int, multiple: int = 1
) -> list[Cut]:
    """Cut a split into batches of similar lengths, shortest first.

    An utterance goes to the smallest bucket that holds it; one too long for all is cut to the
    largest. The batches of a bucket have as many utterances as fit into `budget` samples, rounded
    down to a multiple of `multiple`, but at least `multiple`.
    """
    bucket = bucket_of(lengths, buckets)
    cuts = []
    for number, samples in enumerate(buckets):
        members = np.flatnonzero(bucket == number)
        size = batch_within(budget, samples, multiple)
        for first in range(0, len(members), size):
            rows = np.full(size, -1, np.int64)
            chosen = members[first : first + size]
            rows[: len(chosen)] = chosen
            cuts.append(Cut(rows, samples))
    return cuts


def batch_within(budget: int, samples: int, multiple: int) -> int:
    """Return how many rows of `samples` fit into `budget` samples.

    The number is rounded down to a multiple of `multiple`, but is at least `multiple`.
    """
    return max(budget // samples // multiple, 1) * multiple
