/* Which kernel, which rows for which thread, and the weights in the order the kernels read them. */
#include "share.h"

#include <stdlib.h>
#include <string.h>

#include "features/pool.h"

#if defined(__x86_64__)
#include "work.h"

enum { VECTORS = 4, MOST_ROWS = 48 }; /* of the kernels; of a share, so that its state stays cached */

typedef void (*kernel)(const lstm_share *);

typedef struct {
    lstm_share common;
    ptrdiff_t rows; /* of every share but the last */
    size_t state, weights; /* floats of a share */
    float *parts;          /* weights of all shares, or NULL */
    kernel run;
} task;

static ptrdiff_t shares_of(ptrdiff_t batch, int threads)
{
    const ptrdiff_t rounds = (batch + (ptrdiff_t)threads * MOST_ROWS - 1) / ((ptrdiff_t)threads * MOST_ROWS);
    const ptrdiff_t wanted = rounds * threads;
    return wanted < batch ? wanted : batch;
}

static void run_share(const void *argument, ptrdiff_t item, void *scratch)
{
    const task *t = argument;
    lstm_share share = t->common;
    const ptrdiff_t left = share.layer->batch - item * t->rows;
    share.first = item * t->rows;
    share.rows = left < t->rows ? left : t->rows;
    if (share.rows <= 0) return;
    share.state = scratch;
    share.weights = t->parts ? t->parts + item * t->weights : NULL;
    const unsigned before = flush_denormals();
    t->run(&share);
    _mm_setcsr(before);
}

/* Per vector of units and row of the weights its four gates, then their biases:
 * units/lanes x (inputs + units + 1) x 4 x lanes. */
static float *pack_forward(const lstm_layer *l)
{
    const int n = l->lanes;
    const ptrdiff_t depth = l->inputs + l->units, gates = 4 * l->units;
    float *packed = floats((depth + 1) * gates), *to = packed;
    if (!packed) return NULL;
    for (ptrdiff_t unit = 0; unit < l->units; unit += n)
        for (ptrdiff_t k = 0; k <= depth; k++) {
            const float *row = k < l->inputs ? l->kernel + k * gates
                             : k < depth     ? l->recurrent + (k - l->inputs) * gates
                                             : l->bias;
            for (int gate = 0; gate < 4; gate++, to += n)
                memcpy(to, row + gate * l->units + unit, n * sizeof(float));
        }
    return packed;
}

/* The recurrent weights transposed, in blocks of as many units as a tile has, zeros behind the last:
 * blocks x 4 units x block. */
static float *pack_backward(const lstm_layer *l)
{
    const int n = l->lanes;
    const ptrdiff_t gates = 4 * l->units, block = VECTORS * n;
    const ptrdiff_t padded = (l->units + block - 1) / block * block;
    float *packed = floats(gates * padded);
    if (!packed) return NULL;
    memset(packed, 0, gates * padded * sizeof(float));
    float *to = packed;
    for (ptrdiff_t first = 0; first < l->units; first += block)
        for (ptrdiff_t gate = 0; gate < gates; gate++, to += block)
            for (ptrdiff_t u = 0; u < block && first + u < l->units; u++)
                to[u] = l->recurrent[(first + u) * gates + gate];
    return packed;
}

static int run(task *t, int threads)
{
    const lstm_layer *l = t->common.layer;
    const ptrdiff_t shares = shares_of(l->batch, threads > 0 ? threads : 1);
    t->rows = shares ? (l->batch + shares - 1) / shares : 0;
    const size_t bytes = (size_t)t->rows * l->units * sizeof(float);
    if (t->weights) {
        t->parts = floats(shares * t->weights);
        if (!t->parts) return -1;
        memset(t->parts, 0, shares * t->weights * sizeof(float));
    }
    return pool_run(run_share, t, shares, threads, bytes ? bytes : 64);
}

int lstm_forward(const lstm_layer *layer, const lstm_outputs *out, int threads)
{
    task t = {.common = {.layer = layer, .kept = out}};
    t.run = layer->lanes == 16 ? lstm_forward_avx512 : lstm_forward_avx2;
    float *packed = pack_forward(layer);
    t.common.packed = packed;
    const int status = packed ? run(&t, threads) : -1;
    free(packed);
    return status;
}

/* The shares' parts one after the other, so that the sum does not depend on who was first. */
static void add_up(const task *t, const lstm_gradients *out)
{
    const lstm_layer *l = t->common.layer;
    const size_t gates = 4 * l->units, kernel = l->inputs * gates, recurrent = l->units * gates;
    const ptrdiff_t shares = t->rows ? (l->batch + t->rows - 1) / t->rows : 0;
    memset(out->d_kernel, 0, kernel * sizeof(float));
    memset(out->d_recurrent, 0, recurrent * sizeof(float));
    memset(out->d_bias, 0, gates * sizeof(float));
    for (ptrdiff_t s = 0; s < shares; s++) {
        const float *part = t->parts + s * t->weights;
        for (size_t i = 0; i < kernel; i++) out->d_kernel[i] += part[i];
        for (size_t i = 0; i < recurrent; i++) out->d_recurrent[i] += part[kernel + i];
        for (size_t i = 0; i < gates; i++) out->d_bias[i] += part[kernel + recurrent + i];
    }
}

int lstm_backward(const lstm_layer *layer, const lstm_outputs *kept, const lstm_gradients *out,
                  int threads)
{
    task t = {.common = {.layer = layer, .kept = kept, .out = out}};
    t.weights = (size_t)(layer->inputs + layer->units + 1) * 4 * layer->units;
    t.run = layer->lanes == 16 ? lstm_backward_avx512 : lstm_backward_avx2;
    float *packed = pack_backward(layer);
    t.common.packed = packed;
    const int status = packed ? run(&t, threads) : -1;
    if (status == 0) add_up(&t, out);
    free(t.parts);
    free(packed);
    return status;
}

#else /* no kernel: the layer is left to XLA */

int lstm_forward(const lstm_layer *layer, const lstm_outputs *out, int threads)
{
    return (void)layer, (void)out, (void)threads, -1;
}
int lstm_backward(const lstm_layer *layer, const lstm_outputs *kept, const lstm_gradients *out,
                  int threads)
{
    return (void)layer, (void)kept, (void)out, (void)threads, -1;
}
#endif
