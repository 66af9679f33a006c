/* Deltas and normalisation of a clip's rows (frames x coefficients). */
#ifndef SPOOFJAX_ROWS_H
#define SPOOFJAX_ROWS_H

#include "base/lanes.h"
#include "plan.h"

#include <math.h>
#include <string.h>

INLINE float *row_at(const framed_clip *clip, ptrdiff_t t)
{
    const ptrdiff_t last = clip->frames - 1; /* beyond the ends the first and the last row repeat */
    return clip->out + (t < 0 ? 0 : t > last ? last : t) * clip->out_stride;
}

/* d = b - a, n values. */
INLINE void subtract(float *d, const float *a, const float *b, int n)
{
    int c = 0;
    for (; c + LANES <= n; c += LANES) store(d + c, load(b + c) - load(a + c));
    for (; c + 4 <= n; c += 4) {
        typedef float quad __attribute__((vector_size(16), may_alias, aligned(4)));
        *(quad *)(d + c) = *(const quad *)(b + c) - *(const quad *)(a + c);
    }
    for (; c < n; c++) d[c] = b[c] - a[c];
}

/* In rows begin .. end-1, columns to .. to+n-1 become the slope of columns from .. from+n-1. */
static void slope(const framed_clip *clip, ptrdiff_t begin, ptrdiff_t end, int from, int to, int n,
                  int width)
{
    float norm = 0.0f;
    for (int w = 1; w <= width; w++) norm += 2.0f * w * w;
    for (ptrdiff_t t = begin; t < end; t++) {
        float *restrict d = clip->out + t * clip->out_stride + to;
        subtract(d, row_at(clip, t - 1) + from, row_at(clip, t + 1) + from, n);
        if (width == 0) continue;
        for (int w = 2; w <= width; w++) {
            const float *a = row_at(clip, t - w) + from, *b = row_at(clip, t + w) + from;
            for (int c = 0; c < n; c++) d[c] += w * (b[c] - a[c]);
        }
        for (int c = 0; c < n; c++) d[c] /= norm;
    }
}

/* Rows 0 .. end-1 have their statics: append slopes to those whose neighbours are complete.
 * done[order - 1] is the number of rows that have slopes of this order. */
static NOINLINE void append_slopes(const framed_plan *plan, const framed_clip *clip, ptrdiff_t end,
                                   ptrdiff_t done[2])
{
    const int n = plan->statics, width = plan->o.delta_width, reach = width ? width : 1;
    for (int order = 1; order <= plan->o.deltas; order++) {
        if (end < clip->frames) end -= reach;
        if (end <= done[order - 1]) return;
        slope(clip, done[order - 1], end, (order - 1) * n, order * n, n, width);
        done[order - 1] = end;
    }
}

/* Subtract each column's mean; with `scale` also divide by its deviation (at least 1e-5). */
static void normalise(const framed_clip *clip, int n, int scale, double *restrict sums)
{
    double *restrict mean = sums, *restrict square = sums + n;
    memset(sums, 0, 2 * n * sizeof(double));
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        const float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) mean[c] += x[c];
    }
    for (int c = 0; c < n; c++) mean[c] /= (double)clip->frames;
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) {
            const double y = x[c] - mean[c];
            square[c] += y * y;
            x[c] = (float)y;
        }
    }
    if (!scale) return;
    for (int c = 0; c < n; c++) {
        const double variance = square[c] / (double)clip->frames;
        square[c] = 1.0 / sqrt(variance < 1e-10 ? 1e-10 : variance); /* NaN stays NaN */
    }
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) x[c] = (float)(x[c] * square[c]);
    }
}

#endif
