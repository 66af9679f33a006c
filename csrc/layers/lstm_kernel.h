/* Both passes of the LSTM over one share of the batch; included by kernel.h. */

enum { CHUNK = 128 }; /* rows of a product that the weights' gradient takes at once */

typedef struct {
    const lstm_share *share;
    ptrdiff_t row, rows; /* of the share; rows <= TILE_ROWS */
    ptrdiff_t step;      /* 0 .. frames-1 in the order of the recurrence */
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

/* ---- forward: LANES units of a few utterances, their four gates being the four vectors */

static NOINLINE void forward_tile(const place *p, ptrdiff_t unit)
{
    const lstm_layer *l = p->share->layer;
    const lstm_outputs *kept = p->share->kept;
    const ptrdiff_t units = l->units, depth = l->inputs + units, rows = p->rows;
    const float *weights = p->share->packed + unit * VECTORS * (depth + 1);
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

/* LANES units of one utterance; `sum` is what comes back from the step after. */
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
    float *dz = p->share->out->dz + index * 4 * units + unit;
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
        for (int r = 0; r < p->rows; r++)
            left[r] = p->share->out->dz + index_of(p, r, p->step + 1) * gates;
        products[p->rows](sums, left, p->share->packed + unit * gates, gates);
    }
    for (int r = 0; r < p->rows; r++)
        for (int v = 0; v < VECTORS && unit + v * LANES < l->units; v++)
            backward_unit(p, r, unit + v * LANES, sums[r][v]);
}

/* ---- the weights' gradient: `rows` rows of it times four vectors, over some steps of the share */

typedef struct {
    const float *left; /* inputs of all frames, or outputs one step earlier */
    ptrdiff_t width;   /* of a frame of left */
    int earlier;
    ptrdiff_t begin, end; /* steps */
} stretch;

INLINE void gradient_tile(const int rows, const lstm_share *share, const stretch *s, ptrdiff_t row,
                          ptrdiff_t column, float *to)
{
    const lstm_layer *l = share->layer;
    const ptrdiff_t gates = 4 * l->units;
    V sums[TILE_ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) sums[r][v] = load(to + r * gates + column + v * LANES);
    for (ptrdiff_t b = share->first; b < share->first + share->rows; b++)
        for (ptrdiff_t step = s->begin; step < s->end; step++) {
            const ptrdiff_t at = b * l->frames + frame_of(l, step);
            const ptrdiff_t from = b * l->frames + frame_of(l, step - s->earlier);
            const float *x = s->left + from * s->width + row;
            const float *dz = share->out->dz + at * gates + column;
            V w[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) w[v] = load(dz + v * LANES);
#pragma GCC unroll 8
            for (int r = 0; r < rows; r++) {
                const V k = S(x[r]);
#pragma GCC unroll 4
                for (int v = 0; v < VECTORS; v++) sums[r][v] = FMA(k, w[v], sums[r][v]);
            }
        }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) store(to + r * gates + column + v * LANES, sums[r][v]);
}

/* ---- tiles over all rows: as even as may be, so that none is left too thin */

INLINE void over_rows(place *p, ptrdiff_t unit, void (*tile)(const place *, ptrdiff_t))
{
    for (p->row = 0; p->row < p->share->rows; p->row += p->rows) {
        p->rows = next_rows(p->share->rows - p->row);
        tile(p, unit);
    }
}

#define GRADIENT(n)                                                                             \
    static NOINLINE void gradient_##n(const lstm_share *share, const stretch *s, ptrdiff_t row, \
                                      ptrdiff_t column, float *to)                              \
    {                                                                                           \
        gradient_tile(FEW(n), share, s, row, column, to);                                       \
    }
GRADIENT(1) GRADIENT(2) GRADIENT(3) GRADIENT(4) GRADIENT(5) GRADIENT(6)

static void gradient_rows(const lstm_share *share, const stretch *s, ptrdiff_t column, float *to)
{
    static void (*const tiles[])(const lstm_share *, const stretch *, ptrdiff_t, ptrdiff_t, float *) = {
        0, gradient_1, gradient_2, gradient_3, gradient_4, gradient_5, gradient_6};
    ptrdiff_t rows;
    for (ptrdiff_t row = 0; row < s->width; row += rows) {
        rows = next_rows(s->width - row);
        tiles[rows](share, s, row, column, to + row * 4 * share->layer->units);
    }
}

/* Add what the steps begin .. end-1 give to the share's part of the weights' gradient. */
static void weights_gradient(const lstm_share *share, ptrdiff_t begin, ptrdiff_t end)
{
    const lstm_layer *l = share->layer;
    const ptrdiff_t gates = 4 * l->units;
    float *recurrent = share->weights + l->inputs * gates, *bias = recurrent + l->units * gates;
    const stretch inputs = {l->x, l->inputs, 0, begin, end};
    const stretch outputs = {share->kept->y, l->units, 1, begin > 0 ? begin : 1, end};
    for (ptrdiff_t column = 0; column < gates; column += VECTORS * LANES) {
        gradient_rows(share, &inputs, column, share->weights);
        gradient_rows(share, &outputs, column, recurrent);
    }
    for (ptrdiff_t b = share->first; b < share->first + share->rows; b++)
        for (ptrdiff_t step = begin; step < end; step++) {
            const float *dz = share->out->dz + (b * l->frames + frame_of(l, step)) * gates;
            for (ptrdiff_t g = 0; g < gates; g += LANES) store(bias + g, load(bias + g) + load(dz + g));
        }
}

void LSTM_FORWARD(const lstm_share *share)
{
    place p = {.share = share};
    for (p.step = 0; p.step < share->layer->frames; p.step++)
        for (ptrdiff_t unit = 0; unit < share->layer->units; unit += LANES)
            over_rows(&p, unit, forward_tile);
}

void LSTM_BACKWARD(const lstm_share *share)
{
    const lstm_layer *l = share->layer;
    const ptrdiff_t steps = CHUNK / share->rows > 0 ? CHUNK / share->rows : 1;
    place p = {.share = share};
    for (ptrdiff_t end = l->frames; end > 0; end -= steps) {
        const ptrdiff_t begin = end > steps ? end - steps : 0;
        for (p.step = end - 1; p.step >= begin; p.step--)
            for (ptrdiff_t unit = 0; unit < l->units; unit += VECTORS * LANES)
                over_rows(&p, unit, backward_tile);
        weights_gradient(share, begin, end);
    }
}
