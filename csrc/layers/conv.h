/* A convolution over time, its derivative by the kernel, and, with the kernel turned round, its
 * derivative by the input.
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

/* What may follow at once: y * factor + shift for each output, ReLU, and the maximum of every `pool`
 * frames, an incomplete rest being dropped. A NaN stays one. */
typedef struct {
    const float *factor, *shift; /* outputs */
    const int32_t *lengths;      /* batch: from these frames on the input counts as zero */
    ptrdiff_t pool;
} conv_block;

/* y is batch x frames x outputs, of `block`, which may be NULL, batch x frames / pool x outputs; kernel
 * is size x inputs x outputs. 0, or -1 when memory is short. */
int conv_forward(const conv_layer *layer, const float *kernel, const conv_block *block, float *y,
                 int threads);

/* d_kernel, size x inputs x outputs, from dy, batch x frames x outputs. The bits depend on `threads`
 * by rounding. 0, or -1 when memory is short. */
int conv_gradient(const conv_layer *layer, const float *dy, float *d_kernel, int threads);

#ifdef __cplusplus
}
#endif
#endif
