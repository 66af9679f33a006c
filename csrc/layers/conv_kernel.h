/* A convolution over time for a few utterances; included by kernel.h.
 *
 * The frames that one output frame sees lie one after the other, so that they are one row of a
 * matrix product of depth size x inputs, and rows of successive frames only begin later. */

/* The utterance with the zeros that the convolution sees around it. */
static const float *padded(const conv_layer *l, ptrdiff_t utterance, float *to)
{
    const ptrdiff_t before = l->before * l->inputs, own = l->frames * l->inputs;
    const ptrdiff_t after = (l->size - 1 - l->before) * l->inputs;
    memset(to, 0, before * sizeof *to);
    memcpy(to + before, l->x + utterance * own, own * sizeof *to);
    memset(to + before + own, 0, after * sizeof *to);
    return to;
}

static void store_some(float *to, V x, ptrdiff_t n)
{
    if (n >= LANES) store(to, x);
    else if (n > 0) memcpy(to, &x, n * sizeof *to);
}

void CONV_FORWARD(const conv_share *share)
{
    const conv_layer *l = share->layer;
    const ptrdiff_t depth = l->size * l->inputs, block = VECTORS * LANES;
    for (ptrdiff_t b = share->first; b < share->first + share->utterances; b++) {
        const float *x = padded(l, b, share->padded);
        float *y = share->y + b * l->frames * l->outputs;
        for (ptrdiff_t column = 0; column < l->outputs; column += block) {
            ptrdiff_t rows;
            for (ptrdiff_t t = 0; t < l->frames; t += rows) {
                rows = next_rows(l->frames - t);
                V sums[TILE_ROWS][VECTORS] = {{{0}}};
                const float *left[TILE_ROWS] = {0};
                for (int r = 0; r < rows; r++) left[r] = x + (t + r) * l->inputs;
                products[rows](sums, left, share->packed + column * depth, depth);
                for (int r = 0; r < rows; r++)
                    for (int v = 0; v < VECTORS; v++)
                        store_some(y + (t + r) * l->outputs + column + v * LANES, sums[r][v],
                                   l->outputs - column - v * LANES);
            }
        }
    }
}

/* Add to `rows` rows of the kernel's gradient, from `row` on, what frames begin .. end-1 give. `dy`
 * has the block's four vectors of each frame. */
INLINE void kernel_tile(const int rows, const float *x, ptrdiff_t stride, const V *dy,
                        ptrdiff_t frames, V *to)
{
    V sums[TILE_ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) sums[r][v] = to[r * VECTORS + v];
    for (ptrdiff_t t = 0; t < frames; t++, x += stride, dy += VECTORS) {
        V w[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) w[v] = dy[v];
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
        for (int v = 0; v < VECTORS; v++) to[r * VECTORS + v] = sums[r][v];
}

#define KERNEL_TILE(n)                                                                         \
    static NOINLINE void kernel_tile_##n(const float *x, ptrdiff_t stride, const V *dy,        \
                                         ptrdiff_t frames, V *to)                              \
    {                                                                                          \
        kernel_tile(FEW(n), x, stride, dy, frames, to);                                        \
    }
KERNEL_TILE(1) KERNEL_TILE(2) KERNEL_TILE(3) KERNEL_TILE(4) KERNEL_TILE(5) KERNEL_TILE(6)

/* share->weights is blocks of four vectors x depth x block; its padding is scratch. */
void CONV_GRADIENT(const conv_share *share)
{
    static void (*const tiles[])(const float *, ptrdiff_t, const V *, ptrdiff_t, V *) = {
        0, kernel_tile_1, kernel_tile_2, kernel_tile_3, kernel_tile_4, kernel_tile_5, kernel_tile_6};
    const conv_layer *l = share->layer;
    const ptrdiff_t depth = l->size * l->inputs, block = VECTORS * LANES;
    V panel[CHUNK * VECTORS];
    for (ptrdiff_t b = share->first; b < share->first + share->utterances; b++) {
        const float *x = padded(l, b, share->padded);
        for (ptrdiff_t begin = 0; begin < l->frames; begin += CHUNK) {
            const ptrdiff_t frames = l->frames - begin < CHUNK ? l->frames - begin : CHUNK;
            for (ptrdiff_t column = 0; column < l->outputs; column += block) {
                const ptrdiff_t wide = l->outputs - column < block ? l->outputs - column : block;
                const float *dy = share->dy + (b * l->frames + begin) * l->outputs + column;
                if (wide < block) memset(panel, 0, sizeof panel);
                for (ptrdiff_t t = 0; t < frames; t++)
                    memcpy(panel + t * VECTORS, dy + t * l->outputs, wide * sizeof *dy);
                ptrdiff_t rows;
                for (ptrdiff_t row = 0; row < depth; row += rows) {
                    rows = next_rows(depth - row);
                    tiles[rows](x + begin * l->inputs + row, l->inputs, panel, frames,
                                (V *)(share->weights + column * depth) + row * VECTORS);
                }
            }
        }
    }
}
