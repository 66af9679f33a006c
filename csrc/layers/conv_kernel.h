/* A convolution over time for a few utterances.
 *
 * The input frames of one output frame are adjacent in memory, so they are one row of a matrix
 * product of depth size x inputs. The row of the next output frame begins one input frame later. */
#ifndef SPOOFJAX_CONV_KERNEL_H
#define SPOOFJAX_CONV_KERNEL_H

#include "activation.h"
#include "base/lanes.h"
#include "share.h"
#include "tile.h"

#include <string.h>

/* Copy the first `frames` frames of an utterance, with the zeros that the convolution sees around
 * them. */
static const float *padded(const conv_layer *l, ptrdiff_t utterance, ptrdiff_t frames, float *to)
{
    const ptrdiff_t before = l->before * l->inputs, own = frames * l->inputs;
    const ptrdiff_t after = (l->frames - frames + l->size - 1 - l->before) * l->inputs;
    memset(to, 0, before * sizeof *to);
    memcpy(to + before, l->x + utterance * l->frames * l->inputs, own * sizeof *to);
    memset(to + before + own, 0, after * sizeof *to);
    return to;
}

/* The same after scale, ReLU or magnitude, and pooling. `is_first` is true for the first frame that is pooled
 * into `to`. */
static void pool_frame(const conv_block *block, ptrdiff_t column, const V *sums, int is_first,
                       float *to, ptrdiff_t columns)
{
    for (int v = 0; v < VECTORS && v * LANES < columns; v++) {
        const ptrdiff_t n = columns - v * LANES, at = column + v * LANES;
        V x = FMA(sums[v], load_some(block->factor + at, n), load_some(block->shift + at, n));
        V least = S(0.0f);
        if (block->takes_magnitude) least = -x;
        x = at_least(x, least);
        if (!is_first) x = larger(x, load_some(to + v * LANES, n));
        store_some(to + v * LANES, x, n);
    }
}

void BUILD(conv_forward)(const conv_share *share)
{
    const conv_layer *l = share->layer;
    const conv_block *block = share->block;
    const ptrdiff_t depth = l->size * l->inputs, pool = block ? block->pool : 1;
    const ptrdiff_t frames = l->frames / pool * pool;
    for (ptrdiff_t b = share->first; b < share->first + share->utterances; b++) {
        ptrdiff_t own = l->frames;
        if (block && block->lengths[b] < own) own = block->lengths[b] > 0 ? block->lengths[b] : 0;
        const float *x = padded(l, b, own, share->padded);
        float *y = share->y + b * (l->frames / pool) * l->outputs;
        for (ptrdiff_t column = 0; column < l->outputs; column += VECTORS * LANES) {
            ptrdiff_t rows;
            for (ptrdiff_t t = 0; t < frames; t += rows) {
                rows = next_rows(frames - t);
                V sums[TILE_ROWS][VECTORS] = {{{0}}};
                const float *left[TILE_ROWS] = {0};
                for (int r = 0; r < rows; r++) left[r] = x + (t + r) * l->inputs;
                products[rows](sums, left, share->packed + column * depth, depth);
                for (int r = 0; r < rows; r++) {
                    float *to = y + (t + r) / pool * l->outputs + column;
                    if (block)
                        pool_frame(block, column, sums[r], (t + r) % pool == 0, to,
                                   l->outputs - column);
                    else store_frame(sums[r], to, l->outputs - column);
                }
            }
        }
    }
}

/* Add to share->weights, which is (size x inputs) x outputs in blocks. */
void BUILD(conv_gradient)(const conv_share *share)
{
    const conv_layer *l = share->layer;
    const ptrdiff_t depth = l->size * l->inputs;
    for (ptrdiff_t b = share->first; b < share->first + share->utterances; b++) {
        const float *x = padded(l, b, l->frames, share->padded);
        const float *dy = share->dy + b * l->frames * l->outputs;
        for (ptrdiff_t begin = 0; begin < l->frames; begin += CHUNK) {
            const ptrdiff_t frames = l->frames - begin < CHUNK ? l->frames - begin : CHUNK;
            add_gradient(x + begin * l->inputs, l->inputs, depth, dy + begin * l->outputs,
                         l->outputs, frames, share->weights);
        }
    }
}

#endif
