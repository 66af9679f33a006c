"""Batches made ahead of the device by grain's threads, in the order of their steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

from spoofjax.loading.batches import Batch
from spoofjax.loading.evaluation_batches import EvaluationBatches
from spoofjax.loading.training_batches import TrainingBatches

CONCURRENT = 2
"""Batches made at the same time, so that no core idles while the last clip of one is finished."""


def training_batches(
    batches: TrainingBatches,
    first: int,
    last: int,
    prefetch: int,
    put: Callable[[Batch], Any] | None = None,
) -> Generator[tuple[Batch, Any], None, None]:
    """Iterate over (batch, put(batch)) of steps first .. last - 1, made ahead by grain's threads.

    `put` lays a batch on the devices, so that its transfer overlaps with earlier steps.
    """

    def make(step: int) -> tuple[Batch, Any]:
        batch = batches.batch(step)
        return batch, put(batch) if put is not None else None

    return _ahead(make, range(first, last), prefetch)


def evaluation_batches(
    batches: EvaluationBatches, batch: int, prefetch: int, multiple: int = 1
) -> Iterator[Batch]:
    """Iterate over the evaluation batches of a manifest, made ahead by grain's threads.

    `batch` is their size, or sets the memory budget of buckets (see EvaluationBatches.cuts);
    `multiple` is the number of devices over which a batch is split.
    """
    cuts = batches.cuts(batch, multiple)
    return _ahead(lambda step: batches.batch(cuts[step]), range(len(cuts)), prefetch)


def placed_evaluation_batches(
    batches: EvaluationBatches,
    batch: int,
    prefetch: int,
    multiple: int,
    put: Callable[[Batch], Any],
) -> Iterator[tuple[Batch, Any]]:
    """Iterate over (batch, put(batch)) of the evaluation batches.

    The first four arguments are those of `evaluation_batches`; `put` is that of `training_batches`.
    """
    cuts = batches.cuts(batch, multiple)

    def make(step: int) -> tuple[Batch, Any]:
        made = batches.batch(cuts[step])
        return made, put(made)

    return _ahead(make, range(len(cuts)), prefetch)


def _ahead(make: Callable[[int], Any], steps: range, prefetch: int) -> Generator[Any, None, None]:
    from grain import MapDataset, ReadOptions

    if not len(steps):
        return
    # When it is closed, grain does not wait for the batches that its threads are still making.
    # The semaphore does, so that nothing reads from a source that its Batches have closed.
    busy, is_open = threading.Semaphore(CONCURRENT), True

    def guarded(step: int) -> Any:
        with busy:
            return make(step) if is_open else None

    dataset = MapDataset.range(steps.start, steps.stop).map(guarded)
    options = ReadOptions(num_threads=CONCURRENT, prefetch_buffer_size=max(prefetch, CONCURRENT))
    iterator = iter(dataset.to_iter_dataset(options))
    try:
        yield from iterator
    finally:
        iterator.close()
        is_open = False
        for _ in range(CONCURRENT):
            busy.acquire()
