/* White Gaussian noise in the place of a clip. */
#ifndef SPOOFJAX_NOISE_H
#define SPOOFJAX_NOISE_H

#include "base/normals.h"
#include "clip.h"

#include <string.h>

/* Replace the padded clip by white noise. */
static void noise_into(const filter_plan *p, const clip_buffers *b, uint64_t stream, ptrdiff_t n)
{
    float *x = b->padded + p->half;
    normals(stream, x, n);
    memset(x + n, 0, (plan_padded(p, n) - p->half - n) * sizeof *x);
}

#endif
