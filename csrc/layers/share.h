/* What a kernel is given: the part of the batch that one thread works on, and its tables. */
#ifndef SPOOFJAX_LAYERS_SHARE_H
#define SPOOFJAX_LAYERS_SHARE_H

#include "blocks.h"
#include "conv.h"
#include "lstm.h"

enum { CHUNK = 128 }; /* rows of both sides that a weights' gradient takes at once, at most */

typedef struct {
    const lstm_layer *layer;
    ptrdiff_t first, rows; /* of the batch: those that go through the frames at once */
    const float *weights;  /* forward: see pack_forward in lstm_batch.c */
    const lstm_outputs *kept;
    float *state; /* rows x units: cells, or their gradient */
    /* backward only */
    const lstm_gradients *out;
    const float *recurrent, *kernel; /* the weights transposed, in blocks */
    ptrdiff_t steps;                 /* that the weights' gradient takes at once */
    float *dz;   /* (steps + 1) x rows x 4 units: gradient of the gates before activation */
    float *left; /* steps x rows x left_stride: inputs, outputs a step before, one */
    ptrdiff_t left_stride;
    float *
        part; /* (inputs + units + 1) x 4 units in blocks: of the weights' gradient, zero at first */
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
