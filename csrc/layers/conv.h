/* A convolution over time and its derivative by the kernel. With the kernel reversed, the
 * convolution is also its own derivative by the input.
 *
 * All arrays are float32 and C-contiguous. Beyond the ends of an utterance the input is zero:
 * y[b][t] = sum over j of x[b][t + j - before] times kernel[j]. */
#ifndef SPOOFJAX_CONV_H
#define SPOOFJAX_CONV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ptrdiff_t batch, frames, inputs, outputs, size, before;
    int lanes;      /* 8 (AVX2) or 16 (AVX-512): what the processor has */
    const float *x; /* batch x frames x inputs */
} conv_layer;

/* What may follow in the same pass: y * factor + shift for each output, ReLU or the magnitude, and
 * the maximum of every `pool` frames, without an incomplete rest. A NaN remains. */
typedef struct {
    const float *factor, *shift; /* outputs */
    int takes_magnitude;
    const int32_t *lengths; /* batch: the input is zero from these frames on */
    ptrdiff_t pool;
} conv_block;

/* Compute y, batch x frames x outputs, from kernel, size x inputs x outputs. With `block`, which
 * may be NULL, y is batch x frames / pool x outputs. Returns 0, or -1 when memory is short. */
int conv_forward(const conv_layer *layer, const float *kernel, const conv_block *block, float *y,
                 int threads);

/* Compute d_kernel, size x inputs x outputs, from dy, batch x frames x outputs. The rounding
 * depends on `threads`. Returns 0, or -1 when memory is short. */
int conv_gradient(const conv_layer *layer, const float *dy, float *d_kernel, int threads);

#ifdef __cplusplus
}
#endif
#endif
