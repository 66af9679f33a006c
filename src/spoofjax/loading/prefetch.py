"""Batches made ahead of the device by grain's threads, in the order of their steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

from spoofjax.loading.batches import Batch, Batches

ABREAST = 2
"""Batches made at the same time, so that no core waits while the last clip of one is finished."""


def training_batches(
    batches: Batches,
    first: int,
    last: int,
    prefetch: int,
    put: Callable[[Batch], Any] | None = None,
) -> Generator[tuple[Batch, Any], None, None]:
    """Iterate over (batch, put(batch)) of steps first .. last - 1, made ahead by grain threads.

    `put` lays a batch on the devices, so that its transfer runs beside the steps before it.
    """

    def make(step: int) -> tuple[Batch, Any]:
        batch = batches.training(step)
        return batch, put(batch) if put is not None else None

    return _ahead(make, range(first, last), prefetch)


def evaluation_batches(
    batches: Batches, batch: int, prefetch: int, multiple: int = 1
) -> Iterator[Batch]:
    """Iterate over the evaluation batches of a manifest, made ahead by grain threads.

    `batch` is their size, or sets the memory budget of buckets (see Batches.cuts); `multiple` is
    the number of devices a batch must divide over.
    """
    cuts = batches.cuts(batch, multiple)
    return _ahead(lambda step: batches.evaluation(cuts[step]), range(len(cuts)), prefetch)


def _ahead(make: Callable[[int], Any], steps: range, prefetch: int) -> Generator[Any, None, None]:
    from grain import MapDataset, ReadOptions

    if not len(steps):
        return
    # Grain does not wait for the batches its threads are at when it is closed; this semaphore does,
    # so that nothing reads from a source after its Batches are closed.
    busy, open_ = threading.Semaphore(ABREAST), True

    def guarded(step: int) -> Any:
        with busy:
            return make(step) if open_ else None

    dataset = MapDataset.range(steps.start, steps.stop).map(guarded)
    options = ReadOptions(num_threads=ABREAST, prefetch_buffer_size=max(prefetch, ABREAST))
    iterator = iter(dataset.to_iter_dataset(options))
    try:
        yield from iterator
    finally:
        iterator.close()
        open_ = False
        for _ in range(ABREAST):
            busy.acquire()
