"""Clips of a batch out of packed .npy shards by csrc/shards, without the interpreter's lock."""

from libc.errno cimport errno
from libc.stdint cimport int64_t, uint64_t, uintptr_t
from libc.stdlib cimport free, malloc

import os

import numpy as np


cdef extern from "<fcntl.h>" nogil:
    int open(const char *path, int flags)
    int O_RDONLY, O_CLOEXEC


cdef extern from "<unistd.h>" nogil:
    int close(int file)


cdef extern from "shards/checksum.h" nogil:
    enum:
        CHECKSUM_BLOCK
    uint64_t checksum_of(const void *data, int64_t size)


cdef extern from "shards/gather.h" nogil:
    enum:
        GATHER_DAMAGED
    ctypedef struct gather_shard:
        int file
        int64_t header
        int64_t size
        const uint64_t *checksums
    ctypedef struct gather_clip:
        const gather_shard *shard
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


BLOCK = CHECKSUM_BLOCK
"""Bytes of a shard that share a checksum."""
DAMAGED = GATHER_DAMAGED
"""What `gather` returns for a clip of which a block does not have its checksum."""


def checksums(const unsigned char[::1] data):
    """Return uint64 (blocks,): the checksum of each block of some bytes, the last maybe shorter."""
    cdef int64_t size = data.shape[0], at = 0, size_of_block
    sums = np.empty(-(-size // BLOCK), np.uint64)
    cdef uint64_t[::1] filled = sums
    while at < size:
        size_of_block = min(<int64_t>CHECKSUM_BLOCK, size - at)
        filled[at // CHECKSUM_BLOCK] = checksum_of(&data[at], size_of_block)
        at += CHECKSUM_BLOCK
    return sums


cdef class Shard:
    """An open shard. The file is closed with the last reference, so never during a read."""

    cdef gather_shard shard
    cdef const uint64_t[::1] checksums

    def __init__(self, path, int64_t header, checksums=None):
        """Open a file for reading, of which `header` bytes come before the samples.

        `checksums` uint64 (blocks,) are those of the blocks behind the header; without them nothing
        is checked. Raises OSError, and ValueError for another number of blocks.
        """
        cdef bytes name = os.fsencode(path)
        self.shard.file = open(name, O_RDONLY | O_CLOEXEC)
        if self.shard.file < 0:
            raise OSError(errno, os.strerror(errno), os.fspath(path))
        self.shard.header = header
        self.shard.size = os.fstat(self.shard.file).st_size - header
        if checksums is None:
            return
        if len(checksums) != -(-self.shard.size // BLOCK):
            raise ValueError(f"{len(checksums)} checksums for {self.shard.size} bytes")
        if len(checksums):
            self.checksums = checksums
            self.shard.checksums = &self.checksums[0]

    def __cinit__(self):
        self.shard.file = -1
        self.shard.checksums = NULL

    def __dealloc__(self):
        if self.shard.file >= 0:
            close(self.shard.file)


def gather(list shards, const int64_t[::1] rows, const int64_t[::1] begins,
           const int64_t[::1] lengths, const int64_t[::1] starts, out, bint tile, int threads):
    """Fill rows of `out`, int16 or float32 (clips, samples); return int64 (clips,) own samples.

    Clip i is read from shards[i], or left alone where that is None. It is row rows[i] of the tables
    `begins` (bytes behind the header) and `lengths` (samples), from its sample starts[i] on. A
    shorter clip is repeated to the end if `tile`. The result is -1 for a clip that could not be
    read and DAMAGED for one that has changed since it was written; its row is then undefined.
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
            clips[i].shard = NULL
            if shards[i] is None:
                continue
            row = rows[i]
            if not 0 <= row < lengths.shape[0]:
                raise IndexError(f"row {row} of {lengths.shape[0]}")
            clips[i].shard = &(<Shard?>shards[i]).shard
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
