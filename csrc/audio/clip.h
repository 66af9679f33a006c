/* The arguments of a kernel: one clip, and a thread's buffers for it. */
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
    float *result;    /* of the same length */
    float *responses; /* one row of `size` floats per filter, and one to spare */
    float *notches;   /* one row per notch, at least one */
    uint64_t *marks;  /* a bit per sample */
    void *work;       /* 6 size vectors */
} clip_buffers;

/* How a convolution is divided into blocks. */
typedef struct {
    ptrdiff_t block;   /* samples: half a transform */
    ptrdiff_t parts;   /* blocks of the response */
    ptrdiff_t pairs;   /* of blocks of the clip, j and pairs + j; a multiple of MOST_LANES */
    ptrdiff_t spectra; /* at least parts - 1 + pairs; a multiple of MOST_LANES */
} room_sizes;

typedef struct {
    float *padded;  /* `parts` blocks of zeros, the clip, zeros to the end of what is read */
    float *result;  /* 2 pairs blocks */
    float *heads;   /* size rows of `parts` complex numbers */
    float *spectra; /* 2 size rows of `spectra` */
    void *work;     /* 2 size vectors */
} room_buffers;

#define DECLARE(build)                                                                        \
    void rawboost_clip_##build(const filter_plan *, const rawboost_options *, const clip *,   \
                               const clip_buffers *);                                         \
    void channel_clip_##build(const filter_plan *, const channel_options *, const clip *,     \
                              const clip_buffers *);                                          \
    void room_clip_##build(const filter_plan *, const room_sizes *, const float *, ptrdiff_t, \
                           const clip *, const room_buffers *);
DECLARE(baseline)
DECLARE(avx2)
DECLARE(avx512)
#undef DECLARE

#endif
