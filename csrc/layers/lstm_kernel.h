/* Both passes of the LSTM over one share of the batch. */
#ifndef SPOOFJAX_LSTM_KERNEL_H
#define SPOOFJAX_LSTM_KERNEL_H

#include "activation.h"
#include "base/lanes.h"
#include "share.h"
#include "tile.h"

#include <string.h>

typedef struct {
    const lstm_share *share;
    ptrdiff_t row, rows; /* of the share; rows <= TILE_ROWS */
    ptrdiff_t step;      /* 0 .. frames-1 in the order of the recurrence */
    ptrdiff_t begin;     /* backward: the first step whose gradients are kept */
} place;

/* The frame of a step. */
INLINE ptrdiff_t frame_of(const lstm_layer *l, ptrdiff_t step)
{
    return l->reverse ? l->frames - 1 - step : step;
}

/* Index of a row's frame among all frames of the batch. */
INLINE ptrdiff_t index_of(const place *p, int r, ptrdiff_t step)
{
    const lstm_layer *l = p->share->layer;
    return (p->share->first + p->row + r) * l->frames + frame_of(l, step);
}

INLINE int is_live(const place *p, int r)
{
    const lstm_layer *l = p->share->layer;
    return frame_of(l, p->step) < l->lengths[p->share->first + p->row + r];
}

/* ---- forward: LANES units of a few utterances; the four vectors are their four gates */

static NOINLINE void forward_tile(const place *p, ptrdiff_t unit)
{
    const lstm_layer *l = p->share->layer;
    const lstm_outputs *kept = p->share->kept;
    const ptrdiff_t units = l->units, depth = l->inputs + units, rows = p->rows;
    const float *weights = p->share->weights + unit * VECTORS * (depth + 1);
    const float *left[TILE_ROWS] = {0};
    V z[TILE_ROWS][VECTORS];
    for (int r = 0; r < rows; r++) {
        for (int v = 0; v < VECTORS; v++) z[r][v] = load(weights + (depth * VECTORS + v) * LANES);
        left[r] = l->x + index_of(p, r, p->step) * l->inputs;
    }
    products[rows](z, left, weights, l->inputs);
    if (p->step > 0) {
        for (int r = 0; r < rows; r++) left[r] = kept->y + index_of(p, r, p->step - 1) * units;
        products[rows](z, left, weights + l->inputs * VECTORS * LANES, units);
    }
    for (int r = 0; r < rows; r++) {
        float *state = p->share->state + (p->row + r) * units + unit;
        const ptrdiff_t at = index_of(p, r, p->step) * units + unit;
        const V i = sigmoid(z[r][0]), f = sigmoid(z[r][1]);
        const V g = hyperbolic_tangent(z[r][2]), o = sigmoid(z[r][3]);
        V c = i * g;
        if (p->step > 0) c = FMA(f, load(state), c);
        V h = o * hyperbolic_tangent(c);
        if (!is_live(p, r)) c = h = (V){0};
        store(state, c);
        store(kept->y + at, h);
        if (kept->gates) {
            float *gates = kept->gates + 4 * (at - unit) + unit;
            store(gates, i), store(gates + units, f);
            store(gates + 2 * units, g), store(gates + 3 * units, o);
            store(kept->cells + at, c);
        }
    }
}

/* ---- backward: VECTORS * LANES units of a few utterances */

/* The gradient of a row's gates before activation. */
INLINE float *gradient_of(const place *p, int r, ptrdiff_t step)
{
    const ptrdiff_t kept = (step - p->begin) * p->share->rows + p->row + r;
    return p->share->dz + kept * 4 * p->share->layer->units;
}

/* LANES units of one utterance; `sum` is the gradient that comes back from the next step. */
INLINE void backward_unit(const place *p, int r, ptrdiff_t unit, V sum)
{
    const lstm_layer *l = p->share->layer;
    const lstm_outputs *kept = p->share->kept;
    const ptrdiff_t units = l->units, index = index_of(p, r, p->step);
    const float *gates = kept->gates + index * 4 * units + unit;
    const V i = load(gates), f = load(gates + units);
    const V g = load(gates + 2 * units), o = load(gates + 3 * units);
    const V squashed = hyperbolic_tangent(load(kept->cells + index * units + unit));
    float *state = p->share->state + (p->row + r) * units + unit;
    V dh = sum + load(p->share->out->dy + index * units + unit);
    V dc = dh * o * FNMA(squashed, squashed, S(1.0f));
    if (p->step + 1 < l->frames) dc += load(state);
    if (!is_live(p, r)) dh = dc = (V){0};
    V before = {0};
    if (p->step > 0) before = load(kept->cells + index_of(p, r, p->step - 1) * units + unit);
    float *dz = gradient_of(p, r, p->step) + unit;
    store(dz, dc * g * i * (1.0f - i));
    store(dz + units, dc * before * f * (1.0f - f));
    store(dz + 2 * units, dc * i * FNMA(g, g, S(1.0f)));
    store(dz + 3 * units, dh * squashed * o * (1.0f - o));
    store(state, dc * f);
}

static NOINLINE void backward_tile(const place *p, ptrdiff_t unit)
{
    const lstm_layer *l = p->share->layer;
    const ptrdiff_t gates = 4 * l->units;
    V sums[TILE_ROWS][VECTORS] = {{{0}}};
    if (p->step + 1 < l->frames) {
        const float *left[TILE_ROWS] = {0};
        for (int r = 0; r < p->rows; r++) left[r] = gradient_of(p, r, p->step + 1);
        products[p->rows](sums, left, p->share->recurrent + unit * gates, gates);
    }
    for (int r = 0; r < p->rows; r++)
        for (int v = 0; v < VECTORS && unit + v * LANES < l->units; v++)
            backward_unit(p, r, unit + v * LANES, sums[r][v]);
}

/* ---- from the kept steps: the gradients of the weights and of the inputs */

/* For each row of the kept gradients its factors: the inputs, the outputs one step before, and
 * 1. */
static void gather_left(const place *p, ptrdiff_t steps)
{
    const lstm_share *share = p->share;
    const lstm_layer *l = share->layer;
    float *to = share->left;
    for (ptrdiff_t step = p->begin; step < p->begin + steps; step++)
        for (int r = 0; r < share->rows; r++, to += share->left_stride) {
            memcpy(to, l->x + index_of(p, r, step) * l->inputs, l->inputs * sizeof *to);
            float *before = to + l->inputs;
            if (step == 0) memset(before, 0, l->units * sizeof *to);
            else
                memcpy(before, share->kept->y + index_of(p, r, step - 1) * l->units,
                       l->units * sizeof *to);
            before[l->units] = 1.0f;
        }
}

static void inputs_gradient(const place *p, ptrdiff_t steps)
{
    const lstm_share *share = p->share;
    const lstm_layer *l = share->layer;
    const ptrdiff_t gates = 4 * l->units, count = steps * share->rows;
    for (ptrdiff_t column = 0; column < l->inputs; column += VECTORS * LANES) {
        ptrdiff_t rows;
        for (ptrdiff_t row = 0; row < count; row += rows) {
            rows = next_rows(count - row);
            V sums[TILE_ROWS][VECTORS] = {{{0}}};
            const float *left[TILE_ROWS] = {0};
            for (int r = 0; r < rows; r++) left[r] = share->dz + (row + r) * gates;
            products[rows](sums, left, share->kernel + column * gates, gates);
            for (int r = 0; r < rows; r++) {
                const ptrdiff_t step = p->begin + (row + r) / share->rows;
                const ptrdiff_t index = index_of(p, (row + r) % share->rows, step);
                float *dx = share->out->dx + index * l->inputs + column;
                for (int v = 0; v < VECTORS; v++)
                    store_some(dx + v * LANES, sums[r][v], l->inputs - column - v * LANES);
            }
        }
    }
}

/* ---- all rows, tile by tile */

INLINE void over_rows(place *p, ptrdiff_t unit, void (*tile)(const place *, ptrdiff_t))
{
    for (p->row = 0; p->row < p->share->rows; p->row += p->rows) {
        p->rows = next_rows(p->share->rows - p->row);
        tile(p, unit);
    }
    p->row = 0;
}

void BUILD(lstm_forward)(const lstm_share *share)
{
    place p = {.share = share};
    for (p.step = 0; p.step < share->layer->frames; p.step++)
        for (ptrdiff_t unit = 0; unit < share->layer->units; unit += LANES)
            over_rows(&p, unit, forward_tile);
}

/* The kept gradients are used while they are in the second-level cache. */
void BUILD(lstm_backward)(const lstm_share *share)
{
    const lstm_layer *l = share->layer;
    const ptrdiff_t gates = 4 * l->units, of_a_step = share->rows * gates;
    place p = {.share = share};
    for (ptrdiff_t end = l->frames; end > 0; end = p.begin) {
        const ptrdiff_t steps = end < share->steps ? end : share->steps;
        if (end < l->frames)
            memmove(share->dz + steps * of_a_step, share->dz, of_a_step * sizeof(float));
        p.begin = end - steps;
        for (p.step = end - 1; p.step >= p.begin; p.step--)
            for (ptrdiff_t unit = 0; unit < l->units; unit += VECTORS * LANES)
                over_rows(&p, unit, backward_tile);
        gather_left(&p, steps);
        add_gradient(share->left, share->left_stride, l->inputs + l->units + 1, share->dz, gates,
                     steps * share->rows, share->part);
        if (share->out->dx) inputs_gradient(&p, steps);
    }
}

#endif
