"""Binding to csrc/watch/watch.h."""

import os

cdef extern from "watch/watch.h" nogil:
    ctypedef struct watch_options:
        double seconds
        long rounds
        int signal
        int status
        const char *message
    int watch_start(const watch_options *options)
    void watch_beat()
    void watch_stop()

cdef bytes kept_message = b""


def start(double seconds, long rounds, int signal, int status, str message) -> None:
    """End the process unless `beat` is called at least every `rounds` rounds of `seconds`."""
    global kept_message
    kept_message = message.encode()
    cdef watch_options options
    options.seconds, options.rounds = seconds, rounds
    options.signal, options.status = signal, status
    options.message = kept_message
    cdef int error = watch_start(&options)
    if error:
        raise OSError(error, os.strerror(error))


def beat() -> None:
    """Begin to count again."""
    watch_beat()


def stop() -> None:
    """Stop counting."""
    with nogil:
        watch_stop()
