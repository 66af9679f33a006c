/* The arguments of a kernel: the part of the batch that one thread works on, and its tables. */
#ifndef SPOOFJAX_LAYERS_SHARE_H
#define SPOOFJAX_LAYERS_SHARE_H

#include "blocks.h"
#include "conv.h"
#include "lstm.h"
#include "map.h"

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

enum {
    QUAD = 4,      /* output frames that are computed together */
    COMPONENTS = 6 /* products that they take for each input and output; see winograd.h */
};

typedef struct {
    const map_layer *layer;
    ptrdiff_t quads; /* of a segment: four output frames each; the last segment may have fewer */
    ptrdiff_t first, segments;
    float *scratch;      /* map_scratch floats */
    const float *packed; /* forward: COMPONENTS x (tall x inputs) x outputs in blocks */
    const map_block *block;
    float *y;
    const float *dy; /* gradient */
    float *weights;  /* this share's part of the gradient, as `packed` */
} map_share;

/* The segments of an utterance. */
static inline ptrdiff_t segments_of(const map_layer *layer, ptrdiff_t quads)
{
    return (layer->out_frames + QUAD * quads - 1) / (QUAD * quads);
}

/* Floats of a line: the frames that a segment reads of one band, or writes. */
static inline ptrdiff_t map_line(const map_layer *layer, ptrdiff_t quads)
{
    const ptrdiff_t width = layer->inputs > layer->outputs ? layer->inputs : layer->outputs;
    return rounded_up((QUAD * quads + MAP_FRAMES - 1) * width, 16);
}

/* Floats of a ring of transformed bands. */
static inline ptrdiff_t map_ring(const map_layer *layer, ptrdiff_t quads)
{
    return rounded_up(layer->tall * COMPONENTS * quads * layer->inputs, 16);
}

/* Floats of the memory that a segment needs; see `segment` in map_kernel.h. */
static inline ptrdiff_t map_scratch(const map_layer *layer, ptrdiff_t quads)
{
    const ptrdiff_t columns = rounded_up(layer->outputs, VECTORS * layer->lanes);
    return map_line(layer, quads) + map_ring(layer, quads) + COMPONENTS * quads * columns;
}

void map_forward_avx2(const map_share *share);
void map_forward_avx512(const map_share *share);
void map_gradient_avx2(const map_share *share);
void map_gradient_avx512(const map_share *share);

void conv_forward_avx2(const conv_share *share);
void conv_forward_avx512(const conv_share *share);
void conv_gradient_avx2(const conv_share *share);
void conv_gradient_avx512(const conv_share *share);

void lstm_forward_avx2(const lstm_share *share);
void lstm_forward_avx512(const lstm_share *share);
void lstm_backward_avx2(const lstm_share *share);
void lstm_backward_avx512(const lstm_share *share);

#endif
