/* The arguments of a kernel: the part of the batch that one thread works on, and its tables. */
#ifndef SPOOFJAX_LAYERS_SHARE_H
#define SPOOFJAX_LAYERS_SHARE_H

#include "blocks.h"
#include "conv.h"
#include "lstm.h"

enum { CHUNK = 128 }; /* at most so many rows are summed at once into a gradient of weights */

typedef struct {
    const lstm_layer *layer;
    ptrdiff_t first, rows; /* of the batch: these pass through the frames at once */
    const float *weights;  /* forward: see pack_forward in lstm_batch.c */
    const lstm_outputs *kept;
    float *state; /* rows x units: cells, or their gradient */
    /* backward only */
    const lstm_gradients *out;
    const float *recurrent, *kernel; /* the weights transposed, in blocks */
    ptrdiff_t steps;                 /* summed at once into the gradient of the weights */
    float *dz;   /* gradient of the gates before activation: (steps + 1) x rows x 4 units */
    float *left; /* inputs, outputs one step before, and 1: steps x rows x left_stride */
    ptrdiff_t left_stride;
    float *part; /* of the gradient: (inputs + units + 1) x 4 units in blocks, zero at first */
} lstm_share;

typedef struct {
    const conv_layer *layer;
    ptrdiff_t first, utterances;
    float *padded;       /* (frames + size - 1) x inputs */
    const float *packed; /* forward: the kernel, (size x inputs) x outputs in blocks */
    const conv_block *block;
    float *y;
    const float *dy; /* gradient */
    float *weights;  /* this share's part of the gradient, in blocks as the kernel */
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
