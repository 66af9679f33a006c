"""Which batch stands at which step: buckets of one shape each, and the schedule that mixes them.

An utterance belongs to the smallest bucket that holds it. A batch comes out of one bucket and holds
about as many samples as any other, so that the memory of a step does not depend on the bucket. An
epoch has a fixed number of batches of each, in an order of (seed, epoch) alone: the step's number
says which bucket's turn it is and how many turns that had before. The batch takes the next draws of
the sampler's stream over the utterances of that bucket.

Without clip.train_buckets there is one bucket, of all utterances, and draw = step x batch + slot.
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
from spoofjax.config import Experiment
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import CorpusError
from spoofjax.loading.cutting import batch_within
from spoofjax.loading.sampling import draws

log = logging.getLogger("spoofjax")
ROUNDING = 1e-9
"""Steps by which a product of shares may miss the whole number that it stands for."""


class Group(NamedTuple):
    """Utterances of like length, and the draws among them."""

    samples: int
    """Samples that hold each of them, or to which the longest bucket's are cropped."""
    rows: np.ndarray
    """int64 (utterances,): their rows of the manifest, rising."""
    stream: Any
    """The sampler's endless stream of places in `rows`."""


@dataclass(frozen=True, eq=False)
class Bucket:
    """A group of utterances in batches of one shape."""

    group: Group
    size: int
    """Utterances in a batch, over all processes."""
    steps: int
    """Batches in an epoch."""

    @property
    def samples(self) -> int:
        """Samples of every row of a batch."""
        return self.group.samples

    def drawn(self, first: int, count: int) -> np.ndarray:
        """Return draws first .. first + count - 1 as rows of the manifest, int64 (count,)."""
        return self.group.rows[draws(self.group.stream, first, count)]


class Schedule:
    """Says of any step, without those before it, which bucket's turn it is."""

    def __init__(self, buckets: Sequence[Bucket], seed: int):
        self.buckets = tuple(buckets)
        self.epoch = sum(bucket.steps for bucket in buckets)
        """Steps of an epoch."""
        self.widest = max(bucket.size for bucket in buckets)
        """Utterances of the largest batch."""
        self._seed = seed
        # Batches made ahead stand near the border of two epochs at most.
        self._order = functools.lru_cache(maxsize=2)(self._ordered)

    def at(self, step: int) -> tuple[Bucket, int]:
        """Return the bucket of a step (0-based), and how many batches it had before."""
        epoch, place = divmod(step, self.epoch)
        numbers, turns = self._order(epoch)
        bucket = self.buckets[numbers[place]]
        return bucket, epoch * bucket.steps + int(turns[place])

    def first_draw(self, step: int) -> int:
        """Return the number that the seeds of a step's draws count from.

        Each step takes as many as the widest batch has, so that no draw of any bucket shares one.
        """
        return step * self.widest

    @property
    def sizes(self) -> str:
        """How many utterances a batch holds, as text: one number, or from least to most."""
        least = min(bucket.size for bucket in self.buckets)
        return str(least) if least == self.widest else f"{least} to {self.widest}"

    def digest(self) -> str:
        """Return a text that is the same for the same schedule."""
        rows = [zlib.crc32(bucket.group.rows.tobytes()) for bucket in self.buckets]
        shapes = [(bucket.samples, bucket.size, bucket.steps) for bucket in self.buckets]
        return str(list(zip(shapes, rows, strict=True)))

    def _ordered(self, epoch: int) -> tuple[np.ndarray, np.ndarray]:
        """Return int64 (steps,) twice: each step's bucket, and its turn within the epoch."""
        counts = [bucket.steps for bucket in self.buckets]
        numbers = np.repeat(np.arange(len(counts)), counts)
        seeds = stream(draw_seeds(self._seed, epoch), SCHEDULE)
        numbers = numbers[np.argsort(stream_values(seeds, np.arange(self.epoch)), kind="stable")]
        turns = np.empty_like(numbers)
        for number, count in enumerate(counts):
            turns[numbers == number] = np.arange(count)
        return numbers, turns


def schedule_of(
    experiment: Experiment, manifest: Manifest, measure: Callable[[], np.ndarray]
) -> Schedule:
    """Return the schedule of a training split.

    `measure` is asked with clip.train_buckets only: it gives the samples of each utterance, int64
    (utterances,); what has less than 0 is left out. Raises CorpusError where the sampler cannot
    work with the split.
    """
    clip, batch, seed = experiment.clip, experiment.batch, experiment.seed
    if not clip.train_buckets:
        whole = Group(
            clip.train, np.arange(len(manifest)), experiment.sampling.stream(manifest, seed)
        )
        return Schedule([Bucket(whole, batch, -(-len(manifest) // batch))], seed)
    groups = workable_groups(experiment, manifest, measure())
    sizes = [batch_within(batch * clip.train, g.samples, clip.train_multiple) for g in groups]
    shares = shares_of(experiment.sampling.bonafide_share(manifest), manifest.label, groups)
    utterances = sum(len(group.rows) for group in groups)
    steps = steps_of_epoch(utterances * shares / np.array(sizes))
    return Schedule(list(map(Bucket, groups, sizes, steps)), seed)


def workable_groups(experiment: Experiment, manifest: Manifest, lengths: np.ndarray) -> list[Group]:
    """Return the groups of a split by clip.train_buckets, shortest first, none of them empty.

    One in which the sampler cannot work, such as one without bona fide speech, joins the next
    longer one, or the next shorter where there is no longer one; a warning says so. Raises
    CorpusError where the sampler cannot work with all of them together.
    """
    sampler, seed = experiment.sampling, experiment.seed
    waiting, groups, said = _sorted_out(experiment.clip.train_buckets, lengths), [], []
    while waiting:
        samples, rows = waiting.pop(0)
        try:
            groups.append(Group(samples, rows, sampler.stream(manifest.take(rows), seed)))
        except CorpusError:
            if not waiting and not groups:
                raise
            other, more = waiting.pop(0) if waiting else groups.pop()[:2]
            waiting.insert(0, (other, np.union1d(rows, more)))
            said.append(
                f"the bucket of {samples} samples holds {counted(manifest, rows)}, too few kinds "
                f"for {type(sampler).__name__}: they join the bucket of {other}"
            )
    for text in said:
        log.warning(text)
    return groups


def _sorted_out(buckets: tuple[int, ...], lengths: np.ndarray) -> list[tuple[int, np.ndarray]]:
    """Return (samples, rows) of every bucket that is not empty."""
    number_of = np.where(lengths < 0, -1, bucket_of(lengths, buckets))
    if (number_of < 0).all():
        raise CorpusError("No utterance of the training split can be read.")
    inside = [np.flatnonzero(number_of == number) for number in range(len(buckets))]
    return [(samples, rows) for samples, rows in zip(buckets, inside, strict=True) if len(rows)]


def shares_of(prior: float, label: np.ndarray, groups: Sequence[Group]) -> np.ndarray:
    """Return float64 (groups,): each group's share of the draws, were they not by groups.

    `prior` is the share of bona fide among the draws. Within a class the share of a group is that
    of its utterances.
    """
    counts = np.array([[np.sum(label[rows] == k) for k in (0, 1)] for _, rows, _ in groups])
    # A class that is not there gives no share.
    of_class = np.array([1 - prior, prior]) * counts / np.maximum(counts.sum(0), 1)
    return of_class.sum(1) / of_class.sum()


def steps_of_epoch(wanted: np.ndarray) -> list[int]:
    """Return the whole steps nearest to what is wanted of each bucket, at least one of each.

    Together they are the sum rounded up, or more where buckets are wanted for less than one step.
    What rounding down leaves goes to the largest remainders (Hamilton's method).
    """
    steps = np.maximum(np.floor(wanted + ROUNDING).astype(int), 1)
    left = math.ceil(wanted.sum() - ROUNDING) - steps.sum()
    steps[np.argsort(steps - wanted, kind="stable")[: max(left, 0)]] += 1
    return steps.tolist()


def lines_of(schedule: Schedule, manifest: Manifest, rate: int) -> list[str]:
    """Return what a person may want to know of each bucket; `rate` is in samples per second."""
    return [
        f"{bucket.samples / rate:.2f} s: {counted(manifest, bucket.group.rows)}; "
        f"{bucket.steps} of an epoch's {schedule.epoch} steps, of {bucket.size} utterances"
        for bucket in schedule.buckets
    ]


def counted(manifest: Manifest, rows: np.ndarray) -> str:
    """Return how many utterances of each class stand in these rows, as text."""
    label = manifest.label[rows]
    return f"{np.sum(label == 1):,} bona fide, {np.sum(label == 0):,} spoof"
