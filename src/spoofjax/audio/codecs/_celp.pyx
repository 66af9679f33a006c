"""Binding to csrc/codecs: one call without the GIL for each clip."""

from libc.stddef cimport ptrdiff_t

cdef extern from "codecs/celp.h" nogil:
    int celp_round_trip(const float *samples, float *out, ptrdiff_t count, int wide, int pulses)


def celp(const float[::1] samples not None, float[::1] out not None, bint wide, int pulses):
    """Write float32 (samples,) coded and decoded to `out`, of the same shape.

    They have 8,000 samples per second, or 16,000 if `wide`. `pulses` is from 1 to 16. Raises
    MemoryError.
    """
    if samples.shape[0] != out.shape[0] or not 1 <= pulses <= 16:
        raise ValueError(f"celp: {samples.shape[0]} and {out.shape[0]} samples, {pulses} pulses")
    if not samples.shape[0]:
        return
    cdef int failed
    with nogil:
        failed = celp_round_trip(&samples[0], &out[0], samples.shape[0], wide, pulses)
    if failed:
        raise MemoryError
