/* What a kernel is given: the part of the batch that one thread works on, and its tables. */
#ifndef SPOOFJAX_LAYERS_SHARE_H
#define SPOOFJAX_LAYERS_SHARE_H

#include "conv.h"
#include "lstm.h"

typedef struct {
    const lstm_layer *layer;
    ptrdiff_t first, rows;
    const float *packed;        /* see pack_forward and pack_backward in lstm.c */
    const lstm_outputs *kept;
    const lstm_gradients *out;  /* backward only */
    float *state;               /* rows x units: cells, or their gradient */
    float *weights;             /* (inputs + units + 1) x 4 units: this share's part, zero at first */
} lstm_share;

typedef struct {
    const conv_layer *layer;
    ptrdiff_t first, utterances;
    float *padded;       /* (frames + size - 1) x inputs */
    const float *packed; /* forward: the kernel, see pack_kernel in conv.c */
    float *y;
    const float *dy;     /* gradient */
    float *weights;      /* this share's part of the gradient, in the order of the kernel, 64-byte aligned */
} conv_share;

void conv_forward_avx2(const conv_share *share);
void conv_forward_avx512(const conv_share *share);
void conv_gradient_avx2(const conv_share *share);
void conv_gradient_avx512(const conv_share *share);

void lstm_forward_avx2(const lstm_share *share);
void lstm_forward_avx512(const lstm_share *share);
void lstm_backward_avx2(const lstm_share *share);
void lstm_backward_avx512(const lstm_share *share);

#endif
