/* Framed spectral features of a batch of clips: the public functions of the kernel.
 *
 * A plan is made once from options. It holds every table, never changes, and may be used by any
 * number of threads. One call of framed_run computes the features of a whole batch. */
#ifndef SPOOFJAX_FRAMED_H
#define SPOOFJAX_FRAMED_H

#include "base/processor.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int frame_length;         /* samples per frame, 1..fft */
    int hop;                  /* samples between frame starts, 1..fft */
    int fft;                  /* 256, 512, 1024 or 2048 */
    int center;               /* frames centred on multiples of hop, zeros beyond the clip */
    const float *window;      /* frame_length weights, which include any gain on the samples */
    float pre_emphasis;       /* y[n] = x[n] - a*x[n-1] */
    int pre_emphasis_frames;  /* 0: along the waveform, y[0] = x[0]; 1: inside each frame */
    int remove_dc;            /* subtract each frame's mean before anything else */
    int magnitude;            /* 1: |X|, 0: |X|^2 */
    int filters;              /* 0: the spectrum itself is used */
    const float *filter_bank; /* filters x (fft/2 + 1), row-major */
    float log_scale;          /* y = log_scale * ln(max(x + eps, floor)); 0: no logarithm */
    float eps, floor;
    int cepstra;      /* 0: none */
    const float *dct; /* cepstra x filters (or bins), row-major */
    int energy;       /* 1: coefficient 0 becomes the log of the summed spectrum / fft */
    int deltas;       /* order, 0..2 */
    int delta_width;  /* 0: c[t+1] - c[t-1]; n: regression over t-n..t+n */
    int normalize;    /* over a clip's frames: 0 no, 1 mean, 2 mean and deviation */
} framed_options;

typedef struct framed_plan framed_plan;

typedef struct {
    const void *samples; /* int16 or float32 */
    int int16;
    ptrdiff_t clips, length;              /* clips of `length` samples each, */
    const int64_t *lengths;               /* of which so many are the clip's own; NULL: all */
    ptrdiff_t clip_stride, sample_stride; /* in samples; may be negative or 0 */
    float *out;       /* clips x frames x coefficients, coefficients contiguous */
    ptrdiff_t frames; /* rows per clip in `out`; rows beyond a clip's own become 0 */
    ptrdiff_t out_clip_stride, out_frame_stride; /* in floats */
} framed_batch;

/* Returns NULL when memory is short or an option is out of the ranges above. */
framed_plan *framed_plan_new(const framed_options *options, enum processor_level level);
void framed_plan_free(framed_plan *plan);

/* The number of frames of `samples` samples, and the number of features of a frame. */
ptrdiff_t framed_frames(const framed_plan *plan, ptrdiff_t samples);
int framed_coefficients(const framed_plan *plan);

/* 0, or -1 when memory is short. The result does not depend on `threads`. */
int framed_run(const framed_plan *plan, const framed_batch *batch, int threads);

#endif
