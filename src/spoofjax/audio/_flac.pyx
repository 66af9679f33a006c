"""Clips of 16-bit mono FLAC files by csrc/flac, without the interpreter's lock."""

from libc.stdint cimport int16_t, int32_t, uint8_t, uint64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import os

import numpy as np


cdef extern from "<fcntl.h>" nogil:
    int open(const char *path, int flags)
    int O_RDONLY, O_CLOEXEC


cdef extern from "<unistd.h>" nogil:
    int close(int file)
    ssize_t read(int file, void *to, size_t count)


cdef extern from "<sys/stat.h>" nogil:
    cdef struct stat_t "stat":
        long st_size
        unsigned st_mode
    int fstat(int file, stat_t *found)
    bint S_ISREG(unsigned mode)


cdef extern from "flac/flac.h" nogil:
    ctypedef struct flac_info:
        uint64_t samples
        uint32_t rate
        uint32_t block
        size_t first
    int FLAC_PADDING
    int flac_open(const uint8_t *data, size_t size, flac_info *info)
    int flac_read(const uint8_t *data, size_t size, const flac_info *info, uint64_t start,
                  uint64_t count, int16_t *out, int32_t *scratch)


ctypedef fused sample:
    int16_t
    float


cdef uint8_t *_whole(const char *path, size_t *size) noexcept nogil:
    """Return the file's bytes with padding behind them, to be freed; NULL where that fails."""
    cdef stat_t found
    cdef uint8_t *data
    cdef ssize_t got
    cdef size_t there = 0
    cdef int file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0:
        return NULL
    if fstat(file, &found) != 0 or not S_ISREG(found.st_mode):
        close(file)
        return NULL
    size[0] = <size_t>found.st_size
    data = <uint8_t *>malloc(size[0] + FLAC_PADDING)
    if data != NULL:
        while there < size[0]:
            got = read(file, data + there, size[0] - there)
            if got <= 0:
                break
            there += got
        size[0] = there
        memset(data + there, 0, FLAC_PADDING)
    close(file)
    return data


cdef int _clip(const char *path, uint32_t rate, double where, uint64_t wanted, sample *out,
               uint64_t *length, uint64_t *count) noexcept nogil:
    """Write the clip and its sizes; return 0, or anything else to ask another decoder."""
    cdef size_t size = 0, i
    cdef flac_info info
    cdef uint64_t start = 0
    cdef int16_t *exact = NULL
    cdef int32_t *scratch = NULL
    cdef int problem = -1
    cdef uint8_t *data = _whole(path, &size)
    if data == NULL:
        return -1
    if flac_open(data, size, &info) == 0 and info.rate == rate:
        length[0] = info.samples
        if where >= 0 and info.samples > wanted:
            start = <uint64_t>(where * <double>(info.samples - wanted + 1))
        count[0] = min(wanted, info.samples - start)
        scratch = <int32_t *>malloc((info.block + 32) * sizeof(int32_t))
        if sample is int16_t:
            exact = out
        else:
            exact = <int16_t *>malloc(count[0] * sizeof(int16_t) + 1)
        if scratch != NULL and exact != NULL:
            problem = flac_read(data, size, &info, start, count[0], exact, scratch)
        if sample is float:
            if problem == 0:
                for i in range(count[0]):
                    out[i] = <float>exact[i] * <float>(1.0 / 32768.0)  # exact: a power of two
            free(exact)
        free(scratch)
    free(data)
    return problem


def clip(path, uint32_t rate, double where, sample[::1] out):
    """Fill `out` (samples,) int16 or float32 from a file; return (samples of the file, written).

    The clip begins at int(where * (samples - len(out) + 1)) for `where` in [0, 1), at the start
    where it is negative or the file is shorter. None for a file that is not 16-bit mono FLAC at
    `rate`, or is damaged, or missing: another decoder must read it, or say what is wrong with it.
    """
    cdef bytes name = os.fsencode(path)
    cdef const char *spelt = name
    cdef uint64_t length = 0, count = 0, wanted = out.shape[0]
    cdef int problem
    if b"\0" in name or wanted == 0:
        return None
    with nogil:
        problem = _clip(spelt, rate, where, wanted, &out[0], &length, &count)
    return None if problem else (length, count)


def whole(path):
    """Return (int16 (samples,), rate) of a 16-bit mono FLAC file; None for any other file.

    None also for a file that is damaged or missing.
    """
    cdef bytes name = os.fsencode(path)
    cdef const char *spelt = name
    cdef flac_info info
    cdef size_t size = 0
    cdef int16_t[::1] out
    cdef int32_t *scratch
    cdef int problem = -1
    cdef uint8_t *data
    if b"\0" in name:
        return None
    with nogil:
        data = _whole(spelt, &size)
        if data != NULL:
            problem = flac_open(data, size, &info)
    # A damaged header may claim any length; no frame has fewer than eight bytes.
    if problem != 0 or info.samples // 8192 > size:
        free(data)
        return None
    samples = np.empty(info.samples, np.int16)
    out = samples
    with nogil:
        scratch = <int32_t *>malloc((info.block + 32) * sizeof(int32_t))
        if scratch == NULL:
            problem = -1
        else:
            problem = flac_read(data, size, &info, 0, info.samples, &out[0], scratch)
        free(scratch)
        free(data)
    return None if problem else (samples, info.rate)
