"""Threads that read utterances."""

import threading

import pytest

from spoofjax.loading.readers import Readers


@pytest.mark.parametrize("threads", [1, 3])
def test_readers_that_are_stopped_read_no_further_utterance(threads):
    readers = Readers(threads)
    read, is_reading = [], threading.Barrier(threads)

    def work(slot):
        is_reading.wait()
        readers.stop()
        read.append(slot)

    with pytest.raises(RuntimeError, match="stopped"):
        readers.each(work, range(100))
    assert len(read) == threads  # those that were being read
    with pytest.raises(RuntimeError, match="stopped"):
        readers.each(read.append, range(1))
    assert len(read) == threads
    readers.close()
