"""Prefetched batches come in order, and no thread stays behind."""

import threading
import time

import numpy as np

from spoofjax.loading.prefetch import evaluation_batches, training_batches


def assert_threads_end(before: int) -> None:
    """Grain's own threads end a moment after their last batch."""
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() == before


def test_training_batches_come_in_order_and_leave_no_thread_behind(training):
    before = threading.active_count()
    batches = training()
    stream = training_batches(batches, 3, 9, prefetch=2, put=lambda batch: batch.labels * 10)
    for step, (batch, placed) in enumerate(stream, start=3):
        assert np.array_equal(batch.features, batches.batch(step).features)
        assert np.array_equal(placed, batch.labels * 10)
    assert step == 8
    batches.close()
    assert_threads_end(before)


def test_a_stream_that_is_closed_half_way_leaves_no_thread_behind(training):
    before = threading.active_count()
    batches = training()
    stream = training_batches(batches, 0, 10**9, prefetch=2)
    next(stream)
    stream.close()
    batches.close()
    assert_threads_end(before)


def test_evaluation_sees_every_utterance_once_in_padded_batches(evaluation):
    batches = evaluation()
    evaluated = list(evaluation_batches(batches, 10, prefetch=2))
    assert [batch.features.shape[0] for batch in evaluated] == [10, 10, 10]
    rows = np.concatenate([batch.rows for batch in evaluated])
    assert rows.tolist() == [*range(24), *[-1] * 6]
    assert evaluated[2].labels[4:].tolist() == [0] * 6
