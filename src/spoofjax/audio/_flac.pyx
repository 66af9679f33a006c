"""Clips of 16-bit mono FLAC files by csrc/flac, without the interpreter's lock."""

from libc.stdint cimport int16_t, int32_t, uint8_t, uint64_t, uint32_t
from libc.stdlib cimport free, malloc
from libc.string cimport memset

import os

import numpy as np


cdef extern from "<fcntl.h>" nogil:
    int open(const char *path, int flags)
    int O_RDONLY, O_CLOEXEC, O_NONBLOCK


cdef extern from "<unistd.h>" nogil:
    int close(int file)
    ssize_t read(int file, void *to, size_t count)


cdef extern from "<sys/stat.h>" nogil:
    cdef struct stat_t "stat":
        long st_size
        unsigned st_mode
    int fstat(int file, stat_t *status)
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
    int flac_check_end(const uint8_t *data, size_t size, const flac_info *info, int32_t *scratch)


ctypedef fused sample:
    int16_t
    float


cdef uint8_t *_file_bytes(const char *path, size_t *size) noexcept nogil:
    """Return the bytes of a file and padding, which the caller frees; NULL if that fails."""
    cdef stat_t status
    cdef uint8_t *data
    cdef ssize_t count
    cdef size_t filled = 0
    # Without O_NONBLOCK, opening a named pipe waits for a writer.
    cdef int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if file < 0:
        return NULL
    if fstat(file, &status) != 0 or not S_ISREG(status.st_mode):
        close(file)
        return NULL
    size[0] = <size_t>status.st_size
    data = <uint8_t *>malloc(size[0] + FLAC_PADDING)
    if data != NULL:
        while filled < size[0]:
            count = read(file, data + filled, size[0] - filled)
            if count <= 0:
                break
            filled += count
        size[0] = filled
        memset(data + filled, 0, FLAC_PADDING)
    close(file)
    return data


cdef int _clip(const char *path, uint32_t rate, double place, uint64_t samples, sample *out,
               uint64_t *length, uint64_t *count) noexcept nogil:
    """Write the clip and its sizes. Return 0, or another value if another decoder must read it."""
    cdef size_t size = 0, i
    cdef flac_info info
    cdef uint64_t start = 0
    cdef int16_t *integers = NULL
    cdef int32_t *scratch = NULL
    cdef int problem = -1
    cdef uint8_t *data = _file_bytes(path, &size)
    if data == NULL:
        return -1
    if flac_open(data, size, &info) == 0 and info.rate == rate:
        length[0] = info.samples
        if place >= 0 and info.samples > samples:
            start = <uint64_t>(place * <double>(info.samples - samples + 1))
        count[0] = min(samples, info.samples - start)
        scratch = <int32_t *>malloc((info.block + 32) * sizeof(int32_t))
        if sample is int16_t:
            integers = out
        else:
            integers = <int16_t *>malloc(count[0] * sizeof(int16_t) + 1)
        if scratch != NULL and integers != NULL:
            problem = flac_read(data, size, &info, start, count[0], integers, scratch)
            if problem == 0 and start + count[0] < info.samples:
                problem = flac_check_end(data, size, &info, scratch)
        if sample is float:
            if problem == 0:
                for i in range(count[0]):
                    out[i] = <float>integers[i] * <float>(1.0 / 32768.0)  # exact: a power of two
            free(integers)
        free(scratch)
    free(data)
    return problem


def clip(path, uint32_t rate, double place, sample[::1] out):
    """Fill `out` (samples,) int16 or float32 from a file; return (samples of the file, written).

    The clip begins at int(place * (samples - len(out) + 1)) for `place` in [0, 1), at the start if
    `place` is negative or the file is shorter. Returns None for a file that is not 16-bit mono FLAC
    at `rate`, or is damaged, truncated or missing: another decoder then reads it or says what is wrong.
    """
    cdef bytes name = os.fsencode(path)
    cdef const char *file_name = name
    cdef uint64_t length = 0, count = 0, samples = out.shape[0]
    cdef int problem
    if b"\0" in name or samples == 0:
        return None
    with nogil:
        problem = _clip(file_name, rate, place, samples, &out[0], &length, &count)
    return None if problem else (length, count)


def whole(path):
    """Return (int16 (samples,), rate) of a 16-bit mono FLAC file; None for any other file.

    A damaged or missing file gives None too.
    """
    cdef bytes name = os.fsencode(path)
    cdef const char *file_name = name
    cdef flac_info info
    cdef size_t size = 0
    cdef int16_t[::1] out
    cdef int32_t *scratch
    cdef int problem = -1
    cdef uint8_t *data
    if b"\0" in name:
        return None
    with nogil:
        data = _file_bytes(file_name, &size)
        if data != NULL:
            problem = flac_open(data, size, &info)
    # A damaged header may claim any length. What is compressed more than this, such as minutes of
    # silence, is left to another decoder, whose memory follows what it decodes.
    if problem != 0 or info.samples > (1 << 20) + 64 * size:
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
