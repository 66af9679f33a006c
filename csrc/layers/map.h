/* A convolution over a map of bands and frames, with a kernel of up to eight bands and three frames,
 * and its derivative by the kernel. With the kernel reversed, the convolution is also its own
 * derivative by the input.
 *
 * All arrays are float32 and C-contiguous. Outside the map the input is zero: y[b][h][t] = sum over
 * i, j of x[b][h + i - top][t + j - left] times kernel[i][j]. */
#ifndef SPOOFJAX_MAP_H
#define SPOOFJAX_MAP_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MAP_FRAMES = 3,  /* of the kernel */
    MAP_TALL = 8,    /* the kernel's bands at most */
    MAP_SEGMENT = 72 /* frames: a multiple of any number of frames that may be pooled */
};

typedef struct {
    ptrdiff_t batch, bands, frames, inputs;
    ptrdiff_t out_bands, out_frames, outputs;
    ptrdiff_t tall;      /* the kernel's bands */
    ptrdiff_t top, left; /* the zeros before both axes */
    int lanes;           /* 8 (AVX2) or 16 (AVX-512): what the processor has */
    const float *x;      /* batch x bands x frames x inputs */
} map_layer;

/* What may follow in the same pass: y * factor + shift for each output, SELU, the sum with another
 * map, and the maximum of every `pool` frames, without an incomplete rest. A NaN remains. */
typedef struct {
    const float *factor, *shift; /* outputs */
    int has_selu;
    const float *added; /* batch x out_bands x out_frames x outputs, or NULL */
    ptrdiff_t pool;     /* divides MAP_SEGMENT */
} map_block;

/* Compute y, batch x out_bands x out_frames x outputs, from kernel, tall x 3 x inputs x outputs. With
 * `block`, which may be NULL, y has out_frames / pool frames. Returns 0, or -1 when memory is short.
 */
int map_forward(const map_layer *layer, const float *kernel, const map_block *block, float *y,
                int threads);

/* Compute d_kernel, tall x 3 x inputs x outputs, from dy, batch x out_bands x out_frames x outputs.
 * The rounding depends on `threads`. Returns 0, or -1 when memory is short. */
int map_gradient(const map_layer *layer, const float *dy, float *d_kernel, int threads);

#ifdef __cplusplus
}
#endif
#endif
