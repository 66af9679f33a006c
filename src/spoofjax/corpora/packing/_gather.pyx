"""Clips of a batch out of packed .npy shards by csrc/shards, without the interpreter's lock."""

from libc.errno cimport errno
from libc.stdint cimport int64_t, uintptr_t
from libc.stdlib cimport free, malloc

import os

import numpy as np


cdef extern from "<fcntl.h>" nogil:
    int open(const char *path, int flags)
    int O_RDONLY, O_CLOEXEC


cdef extern from "<unistd.h>" nogil:
    int close(int file)


cdef extern from "shards/gather.h" nogil:
    ctypedef struct gather_clip:
        int file
        int64_t begin
        int64_t length
        int64_t start
    ctypedef struct gather_batch:
        const gather_clip *clips
        ptrdiff_t count
        int64_t samples
        int tile
        int int16
        void *rows
        ptrdiff_t stride
        int64_t *own
    int gather_run(const gather_batch *batch, int threads)


cdef class Shard:
    """An open shard. The file is closed with the last reference, so never during a read."""

    cdef int file

    def __init__(self, path):
        """Open a file for reading. Raises OSError."""
        cdef bytes name = os.fsencode(path)
        self.file = open(name, O_RDONLY | O_CLOEXEC)
        if self.file < 0:
            raise OSError(errno, os.strerror(errno), os.fspath(path))

    def __cinit__(self):
        self.file = -1

    def __dealloc__(self):
        if self.file >= 0:
            close(self.file)


def gather(list shards, const int64_t[::1] rows, const int64_t[::1] begins,
           const int64_t[::1] lengths, const int64_t[::1] starts, out, bint tile, int threads):
    """Fill rows of `out`, int16 or float32 (clips, samples); return int64 (clips,) own samples.

    Clip i is read from shards[i], or left alone where that is None. It is row rows[i] of the tables
    `begins` (bytes into its file) and `lengths` (samples), from its sample starts[i] on. A shorter
    clip is repeated to the end if `tile`. The result is -1 for a clip that could not be read.
    """
    cdef ptrdiff_t count = len(shards), i
    cdef gather_clip *clips
    cdef gather_batch batch
    cdef int64_t row
    cdef int problem
    own = np.full(count, -1, np.int64)
    cdef int64_t[::1] filled = own
    if count == 0:
        return own
    if (
        out.dtype not in (np.int16, np.float32) or out.ndim != 2 or len(out) != count
        or out.strides[1] != out.itemsize or not out.flags.writeable or not out.flags.aligned
        or rows.shape[0] != count or starts.shape[0] != count
        or begins.shape[0] != lengths.shape[0]
    ):
        raise ValueError("out must be writeable int16 or float32 (clips, samples), rows contiguous")
    clips = <gather_clip *>malloc(count * sizeof(gather_clip))
    if clips == NULL:
        raise MemoryError("no memory for the list of clips")
    try:
        for i in range(count):
            clips[i].file = -1
            if shards[i] is None:
                continue
            row = rows[i]
            if not 0 <= row < lengths.shape[0]:
                raise IndexError(f"row {row} of {lengths.shape[0]}")
            clips[i].file = (<Shard?>shards[i]).file
            clips[i].begin, clips[i].length = begins[row], lengths[row]
            clips[i].start = starts[i]
        batch.clips, batch.count, batch.samples = clips, count, out.shape[1]
        batch.tile, batch.int16 = tile, out.dtype == np.int16
        batch.rows = <void *><uintptr_t>out.ctypes.data
        batch.stride, batch.own = out.strides[0], &filled[0]
        with nogil:
            problem = gather_run(&batch, threads)
    finally:
        free(clips)
    if problem:
        raise MemoryError("no memory for reading shards")
    return own
