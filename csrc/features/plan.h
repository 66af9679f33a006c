/* The contents of a plan, for plan.c, which makes it, and the kernels, which read it. */
#ifndef SPOOFJAX_FEATURES_PLAN_H
#define SPOOFJAX_FEATURES_PLAN_H

#include "framed.h"

enum { COLUMNS = 16 };

/* One bin of a filter: where the transform leaves it, its weight, and its weight in the next filter.
 * Neighbouring triangles share bins; a tap is read once for both. */
typedef struct {
    int place;
    float weight, next;
} framed_tap;

/* The bins of a filter that are not taps of the filter before it. */
typedef struct {
    const framed_tap *taps;
    int count;
} framed_filter;

struct framed_plan {
    framed_options o; /* window, filter_bank and dct are NULL here: use the tables below */
    enum processor_level level;
    int bins;        /* fft/2 + 1 */
    int n1;          /* the transform is n1 * 16 */
    int column;      /* index into columns[] of fft_generated.h */
    int live;        /* samples per column that can be non-zero */
    int bands;       /* values per frame after the filter bank */
    int statics;     /* values per frame before deltas */
    int pad;         /* zeros before the first sample (centring) */
    float *window;   /* live * 16, zero beyond frame_length */
    float *twiddles; /* 16 per k1 = 1 .. n1/2 - 1 */
    int *places;     /* where the transform leaves bin k, in vectors */
    framed_filter *filters;
    framed_tap *taps;
    float *dct;
};

/* One clip: where its samples are and where its rows go. */
typedef struct {
    const void *samples;
    int int16;
    ptrdiff_t length, stride;
    float *out;
    ptrdiff_t frames, out_stride;
} framed_clip;

/* Bytes of scratch that a clip needs with this many lanes. */
size_t framed_scratch_bytes(const framed_plan *plan, int lanes);

/* The kernels, one per level. */
void framed_clip_baseline(const framed_plan *plan, const framed_clip *clip, void *scratch);
void framed_clip_avx2(const framed_plan *plan, const framed_clip *clip, void *scratch);
void framed_clip_avx512(const framed_plan *plan, const framed_clip *clip, void *scratch);

/* Return the index in columns[] of the shortest transform of n1 points with at least `live` live
 * inputs, and how many it has. */
int framed_choose_column(int n1, int live, int *chosen_live);

#endif
