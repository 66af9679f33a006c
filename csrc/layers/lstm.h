/* One LSTM layer in one direction, forward and backward, for training on a CPU.
 *
 * All arrays are float32 and C-contiguous, batch-major. The order of the gates is i, f, g, o.
 * Output and state are zero in frames beyond an utterance's length, so that in reverse each
 * utterance starts at its own last frame. */
#ifndef SPOOFJAX_LSTM_H
#define SPOOFJAX_LSTM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    ptrdiff_t batch, frames, inputs, units; /* units: a multiple of LSTM_UNITS */
    int reverse;
    int lanes;              /* 8 (AVX2) or 16 (AVX-512): what the processor has */
    const int32_t *lengths; /* batch */
    const float *x;         /* batch x frames x inputs */
    const float *kernel;    /* inputs x 4 units */
    const float *recurrent; /* units x 4 units */
    const float *bias;      /* 4 units */
} lstm_layer;

/* Results of the forward pass; gates (activated) and cells only where the pointers are not NULL. */
typedef struct {
    float *y;     /* batch x frames x units */
    float *gates; /* batch x frames x 4 units */
    float *cells; /* batch x frames x units */
} lstm_outputs;

typedef struct {
    const float *dy; /* batch x frames x units: the gradient of the output */
    float *dx;       /* batch x frames x inputs, or NULL where it is not needed */
    float *d_kernel, *d_recurrent, *d_bias;
} lstm_gradients;

enum { LSTM_UNITS = 16 };

/* Return 0, or -1 when memory is short or there is no such kernel. Only the rounding of the
 * gradients depends on `threads`. */
int lstm_forward(const lstm_layer *layer, const lstm_outputs *out, int threads);
int lstm_backward(const lstm_layer *layer, const lstm_outputs *kept, const lstm_gradients *out,
                  int threads);

#ifdef __cplusplus
}
#endif
#endif
