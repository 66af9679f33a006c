/* What both layers' shares need around their work: aligned memory, and denormals taken as zero. */
#ifndef SPOOFJAX_LAYERS_WORK_H
#define SPOOFJAX_LAYERS_WORK_H

#include <stdlib.h>
#include <xmmintrin.h>

/* 64-byte aligned, never of size 0; NULL when memory is short. */
static inline float *floats(size_t count)
{
    return aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
}

/* Denormals are zero, no traps, round to nearest; returns what _mm_setcsr restores. */
static inline unsigned flush_denormals(void)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr((before | 0x8040 | 0x1f80) & ~0x6000u);
    return before;
}

#endif
