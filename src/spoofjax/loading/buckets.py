"""Which bucket each training step takes: buckets of one shape each, and their schedule.

An utterance belongs to the smallest bucket that holds it. A batch is drawn from one bucket and
holds about as many samples as any other batch, so that every step needs about the same memory. An
epoch has a fixed number of batches of each bucket, in an order that depends only on (seed, epoch).
The number of a step therefore tells its bucket, and how many batches that bucket had before. The
batch takes the next draws of the sampler's stream over the utterances of the bucket.

Without clip.train_buckets there is one bucket of all utterances, and draw = step * batch + slot.
"""

from __future__ import annotations

import functools
import logging
import math
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from spoofjax.audio.clips import bucket_of
from spoofjax.audio.seeds import SCHEDULE, draw_seeds, stream, stream_values
from spoofjax.config import Clip, Sampler
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError
from spoofjax.loading.cutting import batch_within
from spoofjax.loading.sampling import draws

log = logging.getLogger("spoofjax")
ROUNDING = 1e-9
"""Steps by which rounding errors may move a product of shares off a whole number."""


class Group(NamedTuple):
    """Utterances of similar length, and the draws among them."""

    samples: int
    """Length to which its utterances are padded; longer ones, in the last group, are cropped."""
    rows: np.ndarray
    """int64 (utterances,): rows of the manifest, ascending."""
    stream: Any
    """The sampler's endless stream of positions in `rows`."""


@dataclass(frozen=True, eq=False)
class Bucket:
    """A group of utterances that is drawn in batches of one shape."""

    group: Group
    size: int
    """Utterances in a batch, over all processes."""
    steps: int
    """Batches in an epoch."""

    @property
    def samples(self) -> int:
        """Samples of each clip in a batch."""
        return self.group.samples

    def drawn(self, first: int, count: int) -> np.ndarray:
        """Return draws first .. first + count - 1 as rows of the manifest, int64 (count,)."""
        return self.group.rows[draws(self.group.stream, first, count)]


class Schedule:
    """Which bucket each step takes, found without going through the steps before it."""

    def __init__(self, buckets: Sequence[Bucket], seed: int):
        self.buckets = tuple(buckets)
        self.epoch = sum(bucket.steps for bucket in buckets)
        """Steps of an epoch."""
        self.widest = max(bucket.size for bucket in buckets)
        """Utterances of the largest batch."""
        self._seed = seed
        # Prefetching touches at most two epochs at a time.
        self._order = functools.lru_cache(maxsize=2)(self._ordered)

    def at(self, step: int) -> tuple[Bucket, int]:
        """Return the bucket of a step (0-based), and how many batches that bucket had before."""
        epoch, place = divmod(step, self.epoch)
        numbers, turns = self._order(epoch)
        bucket = self.buckets[numbers[place]]
        return bucket, epoch * bucket.steps + int(turns[place])

    def first_draw(self, step: int) -> int:
        """Return the number of a step's first draw, from which its seeds are made.

        Every step reserves as many numbers as the largest batch has slots, so that no two draws of
        any buckets share one.
        """
        return step * self.widest

    @property
    def sizes(self) -> str:
        """How many utterances a batch holds, as text: one number, or a range."""
        least = min(bucket.size for bucket in self.buckets)
        return str(least) if least == self.widest else f"{least} to {self.widest}"

    def digest(self) -> str:
        """Return a text that is equal for equal schedules."""
        rows = [zlib.crc32(bucket.group.rows.tobytes()) for bucket in self.buckets]
        shapes = [(bucket.samples, bucket.size, bucket.steps) for bucket in self.buckets]
        return str(list(zip(shapes, rows, strict=True)))

    def _ordered(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Return each step's bucket and its turn within the epoch, both int64 (steps,)."""
        counts = [bucket.steps for bucket in self.buckets]
        numbers = np.repeat(np.arange(len(counts)), counts)
        seeds = stream(draw_seeds(self._seed, epoch), SCHEDULE)
        numbers = numbers[np.argsort(stream_values(seeds, np.arange(self.epoch)), kind="stable")]
        turns = np.empty_like(numbers)
        for number, count in enumerate(counts):
            turns[numbers == number] = np.arange(count)
        return numbers, turns


def schedule_of(
    manifest: Manifest,
    sampling: Sampler,
    clip: Clip,
    batch: int,
    seed: int,
    measure: Callable[[], np.ndarray],
) -> Schedule:
    """Return the schedule of a training split.

    `measure` returns the samples of each utterance, int64 (utterances,); those below 0 are left
    out. It is called only with clip.train_buckets, because it may open every file. Raises
    CorpusError where the sampler cannot work with the split.
    """
    if not clip.train_buckets:
        everything = Group(clip.train, np.arange(len(manifest)), sampling.stream(manifest, seed))
        return Schedule([Bucket(everything, batch, -(-len(manifest) // batch))], seed)
    groups = workable_groups(manifest, sampling, clip.train_buckets, seed, measure())
    sizes = [batch_within(batch * clip.train, g.samples, clip.train_multiple) for g in groups]
    shares = shares_of(sampling.bonafide_share(manifest), manifest.label, groups)
    utterances = sum(len(group.rows) for group in groups)
    steps = steps_of_epoch(utterances * shares / np.array(sizes))
    return Schedule(list(map(Bucket, groups, sizes, steps)), seed)


def workable_groups(
    manifest: Manifest,
    sampler: Sampler,
    buckets: tuple[int, ...],
    seed: int,
    lengths: np.ndarray,
) -> list[Group]:
    """Return the groups of a split by `buckets`, shortest first, none of them empty.

    A group with which the sampler cannot work, such as one without bona fide speech, joins the
    next longer one, or the next shorter one if it is the longest; a warning says so. Raises
    CorpusError where the sampler cannot work even with all of them together.
    """
    waiting, groups, warnings = _rows_by_bucket(buckets, lengths), [], []
    while waiting:
        samples, rows = waiting.pop(0)
        try:
            groups.append(Group(samples, rows, sampler.stream(manifest.take(rows), seed)))
        except CorpusError:
            if not waiting and not groups:
                raise
            neighbour, others = waiting.pop(0) if waiting else groups.pop()[:2]
            waiting.insert(0, (neighbour, np.union1d(rows, others)))
            warnings.append(
                f"the bucket of {samples} samples holds {counted(manifest, rows)}, which "
                f"{type(sampler).__name__} cannot draw from: they join the bucket of {neighbour}"
            )
    for text in warnings:
        log.warning(text)
    return groups


def _rows_by_bucket(buckets: tuple[int, ...], lengths: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return (samples, rows) of every bucket that is not empty."""
    number_of = np.where(lengths < 0, -1, bucket_of(lengths, buckets))
    if (number_of < 0).all():
        raise CorpusError("No utterance of the training split can be read.")
    members = [np.flatnonzero(number_of == number) for number in range(len(buckets))]
    return [(samples, rows) for samples, rows in zip(buckets, members, strict=True) if len(rows)]


def shares_of(prior: float, label: np.ndarray, groups: Sequence[Group]) -> np.ndarray:
    """Return each group's share of the draws if the whole split were drawn at once.

    The result is float64 (groups,). `prior` is the share of bona fide among the draws; within a
    class, every utterance is drawn equally often.
    """
    counts = np.array([[np.sum(label[rows] == k) for k in (0, 1)] for _, rows, _ in groups])
    # The maximum avoids a division by zero for a class without utterances.
    of_class = np.array([1 - prior, prior]) * counts / np.maximum(counts.sum(0), 1)
    return of_class.sum(1) / of_class.sum()


def steps_of_epoch(wanted: np.ndarray) -> list[int]:
    """Round the steps wanted of each bucket to whole ones, at least one of each.

    Their sum is the wanted sum rounded up, or more where a bucket wants less than one step. All
    are rounded down first; the missing steps go to the largest remainders (Hamilton's method).
    """
    steps = np.maximum(np.floor(wanted + ROUNDING).astype(int), 1)
    missing = math.ceil(wanted.sum() - ROUNDING) - steps.sum()
    steps[np.argsort(steps - wanted, kind="stable")[: max(missing, 0)]] += 1
    return steps.tolist()


def lines_of(schedule: Schedule, manifest: Manifest, rate: int) -> list[str]:
    """Return a line of text about each bucket; `rate` is in samples per second."""
    return [
        f"{bucket.samples / rate:.2f} s: {counted(manifest, bucket.group.rows)}; "
        f"{bucket.steps} of an epoch's {schedule.epoch} steps, of {bucket.size} utterances"
        for bucket in schedule.buckets
    ]


def counted(manifest: Manifest, rows: np.ndarray) -> str:
    """Return the number of utterances of each class among these rows, as text."""
    label = manifest.label[rows]
    return f"{np.sum(label == 1):,} bona fide, {np.sum(label == 0):,} spoof"
