/* Treating denormal numbers as zero. They occur in quiet clips and in vanishing gradients, and
 * arithmetic on them takes about a hundred times as long as on other numbers. */
#ifndef SPOOFJAX_DENORMALS_H
#define SPOOFJAX_DENORMALS_H

#if defined(__x86_64__)
#include <xmmintrin.h>

/* Treat denormals as zero, disable floating-point traps and round to nearest in this thread.
 * Returns the previous mode, for restore_denormals. */
static inline unsigned flush_denormals(void)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr((before | 0x8040 | 0x1f80) & ~0x6000u);
    return before;
}

static inline void restore_denormals(unsigned before) { _mm_setcsr(before); }

#else
static inline unsigned flush_denormals(void) { return 0; }
static inline void restore_denormals(unsigned before) { (void)before; }
#endif

#endif
