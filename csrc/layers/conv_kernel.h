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

/* share->weights is (size x inputs) x outputs in blocks. */
void CONV_GRADIENT(const conv_share *share)
{
    const conv_layer *l = share->layer;
    const ptrdiff_t depth = l->size * l->inputs;
    for (ptrdiff_t b = share->first; b < share->first + share->utterances; b++) {
        const float *x = padded(l, b, share->padded), *dy = share->dy + b * l->frames * l->outputs;
        for (ptrdiff_t begin = 0; begin < l->frames; begin += CHUNK) {
            const ptrdiff_t frames = l->frames - begin < CHUNK ? l->frames - begin : CHUNK;
            add_gradient(x + begin * l->inputs, l->inputs, depth, dy + begin * l->outputs, l->outputs,
                         frames, share->weights);
        }
    }
}
