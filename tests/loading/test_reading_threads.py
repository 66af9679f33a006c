"""Threads that read utterances."""

import threading
import time

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


def test_an_exception_is_raised_once_all_threads_have_ended():
    readers, read, is_reading = Readers(3), [], threading.Barrier(3)

    def work(slot):
        is_reading.wait()
        if not threading.current_thread().name.endswith("_1"):
            raise OSError("unreadable")
        time.sleep(0.2)
        read.append(slot)

    with pytest.raises(OSError, match="unreadable"):
        readers.each(work, range(3))
    assert len(read) == 1  # by the last thread
    readers.close()
