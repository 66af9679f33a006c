/* Tables of the transform and the sizes of an overlap-save pass. */
#ifndef SPOOFJAX_AUDIO_PLAN_H
#define SPOOFJAX_AUDIO_PLAN_H

#include "augment.h"

enum {
    MOST_LANES = 16,
    GROUP = 2 * MOST_LANES /* blocks are padded to a multiple of this, whatever the lanes */
};

struct filter_plan {
    int half;        /* filters reach from -half to half */
    int size;        /* of the transform, a power of 2 >= 4 half, at least 64 */
    int nyquist;     /* position of bin size / 2 in the transform's order */
    int *bin;        /* the bin 0 .. size-1 at each position of the transform's order */
    float *twiddles; /* per stage n = size, size/4, ...: w^j, w^2j, w^3j, j < n/4, w = e^-i2pi/n */
    float *hann;     /* half + 1 weights */
    float *log2_bin; /* log2 of 1 .. size/2; [0] is unused */
};

/* Samples that a block yields with filters from -half to half: a multiple of MOST_LANES. */
static inline ptrdiff_t plan_valid(const filter_plan *p, int half)
{
    return (p->size - 2 * half) / MOST_LANES * MOST_LANES;
}

/* Floats of a clip's buffer: `half` zeros, the samples, zeros to the end of the last block. A pass
 * may use fewer blocks; rounding then lengthens each of them by less than MOST_LANES. */
static inline ptrdiff_t plan_padded(const filter_plan *p, ptrdiff_t samples)
{
    const ptrdiff_t valid = plan_valid(p, p->half);
    const ptrdiff_t blocks = ((samples + valid - 1) / valid + GROUP - 1) / GROUP * GROUP;
    return (samples + blocks * MOST_LANES + p->half + p->size + 15) / 16 * 16;
}

#endif
