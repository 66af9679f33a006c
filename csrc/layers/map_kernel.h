/* A convolution over a map for a few segments: all bands of a few frames of one utterance.
 *
 * Winograd's algorithm runs over the frames. The transformed bands that an output band needs are
 * kept in a ring, so each band of a segment is read and transformed once. */
#ifndef SPOOFJAX_MAP_KERNEL_H
#define SPOOFJAX_MAP_KERNEL_H

#include "activation.h"
#include "base/lanes.h"
#include "share.h"
#include "tile.h"
#include "winograd.h"

#include <string.h>

/* One segment and the memory for it. */
typedef struct {
    const map_layer *layer;
    ptrdiff_t utterance, first, quads; /* first: the segment's first output frame */
    float *line;                       /* (4 quads + 2) frames x inputs or outputs */
    float *ring;                       /* tall bands of `band` floats */
    float *products;                   /* COMPONENTS x quads x (a tile's columns or outputs) */
    ptrdiff_t band;                    /* COMPONENTS x quads x inputs */
} segment;

static segment nth_segment(const map_share *share, ptrdiff_t n)
{
    const map_layer *l = share->layer;
    const ptrdiff_t per_utterance = segments_of(l, share->quads);
    segment s = {.layer = l, .utterance = n / per_utterance};
    s.first = n % per_utterance * share->quads * QUAD;
    s.quads = smaller(share->quads, (l->out_frames - s.first + QUAD - 1) / QUAD);
    s.band = COMPONENTS * s.quads * l->inputs;
    s.line = share->scratch;
    s.ring = s.line + map_line(l, share->quads);
    s.products = s.ring + map_ring(l, share->quads);
    return s;
}

static float *in_ring(const segment *s, ptrdiff_t band)
{
    return s->ring + band % s->layer->tall * s->band;
}

/* Return `count` frames of a band from frame `first` on: where they are, or copied to `line` with
 * zeros where the band ends. */
static const float *frames_of(const float *band, ptrdiff_t frames, ptrdiff_t width, ptrdiff_t first,
                              ptrdiff_t count, float *line)
{
    if (first >= 0 && first + count <= frames) return band + first * width;
    const ptrdiff_t before = smaller(first < 0 ? -first : 0, count);
    const ptrdiff_t left = frames - first - before;
    const ptrdiff_t own = left < 0 ? 0 : smaller(left, count - before);
    memset(line, 0, before * width * sizeof *line);
    memcpy(line + before * width, band + (first + before) * width, own * width * sizeof *line);
    memset(line + (before + own) * width, 0, (count - before - own) * width * sizeof *line);
    return line;
}

/* Put band h, counted from the zeros above the map, into the ring. */
static void read_band(const segment *s, ptrdiff_t h)
{
    const map_layer *l = s->layer;
    const ptrdiff_t width = l->inputs, own = h - l->top, plane = s->quads * width;
    float *to = in_ring(s, h);
    if (own < 0 || own >= l->bands) {
        memset(to, 0, s->band * sizeof *to);
        return;
    }
    const float *x =
        frames_of(l->x + (s->utterance * l->bands + own) * l->frames * width, l->frames, width,
                  s->first - l->left, QUAD * s->quads + MAP_FRAMES - 1, s->line);
    for (ptrdiff_t q = 0; q < s->quads; q++)
        for (ptrdiff_t k = 0; k < width; k += LANES) {
            V d[COMPONENTS], transformed[COMPONENTS];
            for (int c = 0; c < COMPONENTS; c++)
                d[c] = load_some(x + (QUAD * q + c) * width + k, width - k);
            transform_inputs(d, transformed);
            for (int c = 0; c < COMPONENTS; c++)
                store_some(to + c * plane + q * width + k, transformed[c], width - k);
        }
}

/* Read the bands that output band h needs and that the band before it did not. */
static void read_bands(const segment *s, ptrdiff_t h)
{
    const ptrdiff_t tall = s->layer->tall;
    for (ptrdiff_t i = h == 0 ? 0 : tall - 1; i < tall; i++) read_band(s, h + i);
}

/* Where an output frame goes. */
typedef struct {
    float *to;          /* the frame's outputs, or what they are pooled into */
    const float *added; /* to the outputs, or NULL */
    int is_first;       /* of those that are pooled */
} target;

/* Find the targets of frame `frame` of an output band and of the frames after it; return how many of
 * the quad there are. */
static ptrdiff_t find_targets(const map_share *share, ptrdiff_t row, ptrdiff_t frame,
                              target targets[QUAD])
{
    const map_layer *l = share->layer;
    const map_block *block = share->block;
    const ptrdiff_t pool = block ? block->pool : 1, pooled = l->out_frames / pool;
    const ptrdiff_t count = smaller(QUAD, pooled * pool - frame);
    for (ptrdiff_t t = 0; t < count; t++)
        targets[t] = (target){
            .to = share->y + (row * pooled + (frame + t) / pool) * l->outputs,
            .is_first = (frame + t) % pool == 0,
            .added = block && block->added
                         ? block->added + (row * l->out_frames + frame + t) * l->outputs
                         : NULL,
        };
    return count;
}

/* Store n outputs of a frame from `column` on. */
static void store_outputs(const map_block *block, target where, ptrdiff_t column, V x, ptrdiff_t n)
{
    float *to = where.to + column;
    if (n <= 0) return;
    if (block) {
        x = FMA(x, load_some(block->factor + column, n), load_some(block->shift + column, n));
        if (block->has_selu) x = selu(x);
        if (where.added) x += load_some(where.added + column, n);
        if (!where.is_first) x = larger(x, load_some(to, n));
    }
    store_some(to, x, n);
}

/* Transform the products of one block of columns into the outputs of a band. `row` counts the bands
 * of all utterances. */
static void store_band(const map_share *share, const segment *s, ptrdiff_t row, ptrdiff_t column)
{
    const map_layer *l = share->layer;
    const ptrdiff_t block = VECTORS * LANES, plane = s->quads * block;
    for (ptrdiff_t q = 0; q < s->quads; q++) {
        target targets[QUAD];
        const ptrdiff_t frames = find_targets(share, row, s->first + QUAD * q, targets);
        for (int v = 0; v < VECTORS; v++) {
            const ptrdiff_t at = column + v * LANES;
            V m[COMPONENTS], y[QUAD];
            for (int c = 0; c < COMPONENTS; c++)
                m[c] = load(s->products + c * plane + q * block + v * LANES);
            transform_outputs(m, y);
            for (ptrdiff_t t = 0; t < frames; t++)
                store_outputs(share->block, targets[t], at, y[t], l->outputs - at);
        }
    }
}

/* Multiply `rows` rows of several bands, from row `first` on, by the kernel's bands below each other:
 * rows x block. */
INLINE void multiply_rows(const int rows, const float *const *bands, ptrdiff_t tall,
                          ptrdiff_t first, ptrdiff_t width, const float *right, float *to)
{
    V s[TILE_ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) s[r][v] = S(0.0f);
    for (ptrdiff_t i = 0; i < tall; i++) {
        const float *left = bands[i] + first * width;
        for (ptrdiff_t k = 0; k < width; k++, right += VECTORS * LANES) {
            V w[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) w[v] = *(const V *)(right + v * LANES);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                const V k_of_row = S(left[r * width + k]);
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) s[r][v] = FMA(k_of_row, w[v], s[r][v]);
            }
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) store(to + (r * VECTORS + v) * LANES, s[r][v]);
}

#define OF_BANDS(n)                                                                               \
    static NOINLINE void of_bands_##n(const float *const *bands, ptrdiff_t tall, ptrdiff_t first, \
                                      ptrdiff_t width, const float *right, float *to)             \
    {                                                                                             \
        multiply_rows(FEW(n), bands, tall, first, width, right, to);                              \
    }
OF_BANDS(1)
OF_BANDS(2)
OF_BANDS(3)
OF_BANDS(4)
OF_BANDS(5)
OF_BANDS(6)

typedef void (*of_bands)(const float *const *, ptrdiff_t, ptrdiff_t, ptrdiff_t, const float *,
                         float *);
static const of_bands rows_of_bands[] = {0,          of_bands_1, of_bands_2, of_bands_3,
                                         of_bands_4, of_bands_5, of_bands_6};

/* Multiply component c of the bands that output band h needs by the kernel's, whose columns are one
 * block. */
static void multiply_component(const segment *s, ptrdiff_t h, int c, const float *right)
{
    const map_layer *l = s->layer;
    const float *bands[MAP_TALL];
    for (ptrdiff_t i = 0; i < l->tall; i++) bands[i] = in_ring(s, h + i) + c * s->quads * l->inputs;
    float *to = s->products + c * s->quads * VECTORS * LANES;
    ptrdiff_t rows;
    for (ptrdiff_t q = 0; q < s->quads; q += rows) {
        rows = next_rows(s->quads - q);
        rows_of_bands[rows](bands, l->tall, q, l->inputs, right, to + q * VECTORS * LANES);
    }
}

void BUILD(map_forward)(const map_share *share)
{
    const map_layer *l = share->layer;
    const ptrdiff_t depth = l->tall * l->inputs, block = VECTORS * LANES;
    const ptrdiff_t component = depth * rounded_up(l->outputs, block);
    for (ptrdiff_t n = share->first; n < share->first + share->segments; n++) {
        const segment s = nth_segment(share, n);
        for (ptrdiff_t h = 0; h < l->out_bands; h++) {
            read_bands(&s, h);
            for (ptrdiff_t column = 0; column < l->outputs; column += block) {
                for (int c = 0; c < COMPONENTS; c++)
                    multiply_component(&s, h, c, share->packed + c * component + column * depth);
                store_band(share, &s, s.utterance * l->out_bands + h, column);
            }
        }
    }
}

/* ---- derivative by the kernel */

/* Transform the gradient of output band h: COMPONENTS x blocks of columns x quads x block. */
static void read_slopes(const segment *s, const float *dy, ptrdiff_t h)
{
    const map_layer *l = s->layer;
    const ptrdiff_t width = l->outputs, block = VECTORS * LANES;
    const ptrdiff_t plane = s->quads * rounded_up(width, block);
    const float *from = frames_of(dy + (s->utterance * l->out_bands + h) * l->out_frames * width,
                                  l->out_frames, width, s->first, QUAD * s->quads, s->line);
    for (ptrdiff_t column = 0; column < width; column += block)
        for (ptrdiff_t q = 0; q < s->quads; q++)
            for (int v = 0; v < VECTORS; v++) {
                V slopes[QUAD], transformed[COMPONENTS];
                const ptrdiff_t k = column + v * LANES;
                for (int t = 0; t < QUAD; t++)
                    slopes[t] = load_some(from + (QUAD * q + t) * width + k, width - k);
                transform_slopes(slopes, transformed);
                float *to = s->products + column * s->quads + q * block + v * LANES;
                for (int c = 0; c < COMPONENTS; c++) store(to + c * plane, transformed[c]);
            }
}

/* Add one component of the kernel's gradient from output band h: `weights` is (tall x inputs) x
 * outputs in blocks, `slopes` blocks of columns x quads x block. */
static void add_component(const segment *s, ptrdiff_t h, int c, const float *slopes, float *weights)
{
    const map_layer *l = s->layer;
    const ptrdiff_t depth = l->inputs, block = VECTORS * LANES;
    for (ptrdiff_t column = 0; column < l->outputs; column += block)
        for (ptrdiff_t i = 0; i < l->tall; i++) {
            const float *left = in_ring(s, h + i) + c * s->quads * depth;
            float *to = weights + column * l->tall * depth + i * depth * block;
            ptrdiff_t rows;
            for (ptrdiff_t row = 0; row < depth; row += rows) {
                rows = next_rows(depth - row);
                sums[rows](left + row, depth, (const V *)(slopes + column * s->quads), s->quads,
                           (V *)(to + row * block));
            }
        }
}

/* Add to share->weights, which is COMPONENTS x (tall x inputs) x outputs in blocks. */
void BUILD(map_gradient)(const map_share *share)
{
    const map_layer *l = share->layer;
    const ptrdiff_t columns = rounded_up(l->outputs, VECTORS * LANES);
    const ptrdiff_t component = l->tall * l->inputs * columns;
    for (ptrdiff_t n = share->first; n < share->first + share->segments; n++) {
        const segment s = nth_segment(share, n);
        for (ptrdiff_t h = 0; h < l->out_bands; h++) {
            read_bands(&s, h);
            read_slopes(&s, share->dy, h);
            for (int c = 0; c < COMPONENTS; c++)
                add_component(&s, h, c, s.products + c * s.quads * columns,
                              share->weights + c * component);
        }
    }
}

#endif
