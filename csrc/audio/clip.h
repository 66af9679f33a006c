/* What a kernel gets: one clip, and a thread's buffers for it. */
#ifndef SPOOFJAX_CLIP_H
#define SPOOFJAX_CLIP_H

#include "plan.h"

typedef struct {
    float *out; /* length samples */
    ptrdiff_t length;
    uint64_t seed;
    double rate;
} clip;

/* All 64-byte aligned. */
typedef struct {
    float *padded;    /* plan_padded floats: the clip between zeros, sample 0 at [half] */
    float *result;    /* as long */
    float *responses; /* one row of `size` floats per filter, and one to spare */
    float *notches;   /* one row per notch, at least one */
    uint8_t *marks;   /* a bit per sample */
    void *work;       /* 6 size vectors */
} clip_buffers;

void rawboost_clip_baseline(const filter_plan *, const rawboost_options *, const clip *, const clip_buffers *);
void rawboost_clip_avx2(const filter_plan *, const rawboost_options *, const clip *, const clip_buffers *);
void rawboost_clip_avx512(const filter_plan *, const rawboost_options *, const clip *, const clip_buffers *);
void channel_clip_baseline(const filter_plan *, const channel_options *, const clip *, const clip_buffers *);
void channel_clip_avx2(const filter_plan *, const channel_options *, const clip *, const clip_buffers *);
void channel_clip_avx512(const filter_plan *, const channel_options *, const clip *, const clip_buffers *);

#endif
