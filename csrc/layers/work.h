/* What both layers' shares need around their work. */
#ifndef SPOOFJAX_LAYERS_WORK_H
#define SPOOFJAX_LAYERS_WORK_H

#include <xmmintrin.h>

/* Denormals are zero, no traps, round to nearest; returns what _mm_setcsr restores. */
static inline unsigned flush_denormals(void)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr((before | 0x8040 | 0x1f80) & ~0x6000u);
    return before;
}

#endif
