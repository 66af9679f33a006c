/* A convolution over time, its derivative by the kernel, and, with the kernel turned round, its
 * derivative by the input.
 *
 * All arrays are float32 and C-contiguous. Beyond the ends of an utterance the input is zero:
 * y[b][t] = sum over j of x[b][t + j - before] times kernel[j]. */
#ifndef SPOOFJAX_CONV_H
#define SPOOFJAX_CONV_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ptrdiff_t batch, frames, inputs, outputs, size, before;
    int lanes;      /* 8 (AVX2) or 16 (AVX-512): what the processor has */
    const float *x; /* batch x frames x inputs */
} conv_layer;

/* y is batch x frames x outputs, kernel size x inputs x outputs. 0, or -1 when memory is short. */
int conv_forward(const conv_layer *layer, const float *kernel, float *y, int threads);

/* d_kernel, size x inputs x outputs, from dy, batch x frames x outputs. The bits depend on `threads`
 * by rounding. 0, or -1 when memory is short. */
int conv_gradient(const conv_layer *layer, const float *dy, float *d_kernel, int threads);

#ifdef __cplusplus
}
#endif
#endif
