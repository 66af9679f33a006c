/* An excitation with the pitch of a clip: one pulse a period where speech is voiced, else noise.
 * Both have a flat spectrum and a power of 1. */
#ifndef SPOOFJAX_EXCITATION_H
#define SPOOFJAX_EXCITATION_H

#include "base/normals.h"
#include "frames.h"
#include "pitch.h"

#include <math.h>

/* The sample at the centre of a frame. */
static ptrdiff_t centre_of(const framing *s, ptrdiff_t frame)
{
    return (frame - s->parts / 2 + 1) * s->hop;
}

static ptrdiff_t nearest_frame(const framing *s, ptrdiff_t sample)
{
    return (sample + s->hop / 2) / s->hop + s->parts / 2 - 1;
}

/* Put the pulses between the centres of frame f and of the next one into x: each where the number
 * of periods becomes whole. */
static void add_pulses(const framing *s, const copy_buffers *b, ptrdiff_t f, float *x)
{
    const double from = b->cycles[f], to = b->cycles[f + 1];
    for (double k = floor(from) + 1.0; k <= to; k += 1.0) {
        const double share = (k - from) / (to - from);
        const ptrdiff_t n = centre_of(s, f) + (ptrdiff_t)floor(share * s->hop);
        if (n < 0 || n >= s->length || !b->is_voiced[nearest_frame(s, n)]) continue;
        const double within = (double)(n - centre_of(s, f)) / s->hop;
        x[n] = (float)sqrt(RATE / (b->f0[f] + within * ((double)b->f0[f + 1] - b->f0[f])));
    }
}

/* Fill the clip and its rows `to` with the excitation; the pitch has been tracked. */
static void excite(const framing *s, const copy_buffers *b, uint64_t stream, float *to)
{
    float *x = b->clip + s->lead;
    normals(stream, x, s->length);
    memset(x + s->length, 0, (s->stride * s->hop - s->lead - s->length) * sizeof *x);
    for (ptrdiff_t f = 0; f < s->frames; f++) {
        const ptrdiff_t from = centre_of(s, f) - s->hop / 2, end = from + s->hop;
        const ptrdiff_t first = from > 0 ? from : 0, last = end < s->length ? end : s->length;
        if (b->is_voiced[f] && first < last) memset(x + first, 0, (last - first) * sizeof *x);
    }
    for (ptrdiff_t f = 0; f + 1 < s->frames; f++) add_pulses(s, b, f, x);
    rows_of(s, b->clip, to);
}

#endif
