/* An LSTM over a batch: choose the build, share the utterances out among threads, and lay the
 * weights out in the order in which the kernels read them. */
#include "base/denormals.h"
#include "base/pool.h"
#include "blocks.h"
#include "share.h"

#include <stdlib.h>
#include <string.h>

#if defined(__x86_64__)
enum {
    MOST_ROWS = 12, /* utterances that a share takes at once, so that their state stays cached */
    MOST_ROUNDS = 4 /* shares per thread, so that no thread waits long for a slower one */
};

typedef void (*kernel)(const lstm_share *);

typedef struct {
    lstm_share common;
    ptrdiff_t rows;    /* of every share but the last */
    ptrdiff_t at_once; /* of these rows */
    size_t part;       /* floats of a share's part of the weights' gradient */
    float *parts;      /* of all shares, or NULL */
    kernel run;
} task;

static ptrdiff_t count_shares(ptrdiff_t batch, int threads)
{
    const ptrdiff_t round = (ptrdiff_t)threads * MOST_ROWS;
    const ptrdiff_t rounds = smaller((batch + round - 1) / round, MOST_ROUNDS);
    return smaller(rounds * threads, batch);
}

static void run_share(const void *argument, ptrdiff_t item, void *scratch)
{
    const task *t = argument;
    lstm_share share = t->common;
    share.state = scratch;
    if (t->parts) {
        share.dz = share.state + t->at_once * share.layer->units;
        share.left = share.dz + (share.steps + 1) * t->at_once * 4 * share.layer->units;
        share.part = t->parts + item * t->part;
    }
    const ptrdiff_t end = smaller((item + 1) * t->rows, share.layer->batch);
    const unsigned before = flush_denormals();
    for (share.first = item * t->rows; share.first < end; share.first += share.rows) {
        share.rows = smaller(t->at_once, end - share.first);
        t->run(&share);
    }
    restore_denormals(before);
}

/* The weights as an array of units/lanes x (inputs + units + 1) x 4 x lanes: for each vector of
 * units the rows of the weights and then the biases, of the four gates. */
static float *pack_forward(const lstm_layer *l)
{
    const int n = l->lanes;
    const ptrdiff_t depth = l->inputs + l->units, gates = 4 * l->units;
    float *packed = floats((depth + 1) * gates), *to = packed;
    if (!packed) return NULL;
    for (ptrdiff_t unit = 0; unit < l->units; unit += n)
        for (ptrdiff_t k = 0; k <= depth; k++) {
            const float *row = k < l->inputs ? l->kernel + k * gates
                               : k < depth   ? l->recurrent + (k - l->inputs) * gates
                                             : l->bias;
            for (int gate = 0; gate < 4; gate++, to += n)
                memcpy(to, row + gate * l->units + unit, n * sizeof(float));
        }
    return packed;
}

static int run(task *t, int threads)
{
    const lstm_layer *l = t->common.layer;
    const ptrdiff_t shares = count_shares(l->batch, threads > 0 ? threads : 1);
    if (shares == 0) return 0;
    t->rows = (l->batch + shares - 1) / shares;
    const ptrdiff_t groups = (t->rows + MOST_ROWS - 1) / MOST_ROWS;
    t->at_once = (t->rows + groups - 1) / groups;
    size_t scratch = t->at_once * l->units;
    if (t->part) {
        t->parts = floats(shares * t->part);
        if (!t->parts) return -1;
        memset(t->parts, 0, shares * t->part * sizeof(float));
        lstm_share *share = &t->common;
        share->steps = CHUNK / t->at_once;
        /* An odd number of cache lines spreads a column over all sets of the cache. */
        share->left_stride = (rounded_up(l->inputs + l->units + 1, 16) / 16 | 1) * 16;
        scratch +=
            t->at_once * ((share->steps + 1) * 4 * l->units + share->steps * share->left_stride);
    }
    return pool_run(run_share, t, shares, threads, scratch * sizeof(float));
}

int lstm_forward(const lstm_layer *layer, const lstm_outputs *out, int threads)
{
    task t = {.common = {.layer = layer, .kept = out}};
    t.run = layer->lanes == 16 ? lstm_forward_avx512 : lstm_forward_avx2;
    float *weights = pack_forward(layer);
    t.common.weights = weights;
    const int status = weights ? run(&t, threads) : -1;
    free(weights);
    return status;
}

/* Add the parts in the order of the shares, so that the sum does not depend on timing. */
static void add_up(const task *t, const lstm_gradients *out)
{
    const lstm_layer *l = t->common.layer;
    const ptrdiff_t gates = 4 * l->units, block = VECTORS * l->lanes;
    const ptrdiff_t depth = l->inputs + l->units + 1;
    const ptrdiff_t shares = t->rows ? (l->batch + t->rows - 1) / t->rows : 0;
    memset(out->d_kernel, 0, l->inputs * gates * sizeof(float));
    memset(out->d_recurrent, 0, l->units * gates * sizeof(float));
    memset(out->d_bias, 0, gates * sizeof(float));
    for (ptrdiff_t s = 0; s < shares; s++) {
        const float *part = t->parts + s * t->part;
        add_from_blocks(part, depth, 0, l->inputs, gates, block, out->d_kernel);
        add_from_blocks(part, depth, l->inputs, l->units, gates, block, out->d_recurrent);
        add_from_blocks(part, depth, depth - 1, 1, gates, block, out->d_bias);
    }
}

int lstm_backward(const lstm_layer *layer, const lstm_outputs *kept, const lstm_gradients *out,
                  int threads)
{
    const ptrdiff_t gates = 4 * layer->units, block = VECTORS * layer->lanes;
    float *recurrent = transposed_in_blocks(layer->recurrent, gates, layer->units, block);
    float *kernel =
        out->dx ? transposed_in_blocks(layer->kernel, gates, layer->inputs, block) : NULL;
    task t = {.common = {.layer = layer, .kept = kept, .out = out}};
    t.common.recurrent = recurrent;
    t.common.kernel = kernel;
    t.part = (layer->inputs + layer->units + 1) * gates;
    t.run = layer->lanes == 16 ? lstm_backward_avx512 : lstm_backward_avx2;
    const int status = recurrent && (kernel || !out->dx) ? run(&t, threads) : -1;
    if (status == 0) add_up(&t, out);
    free(t.parts);
    free(recurrent);
    free(kernel);
    return status;
}

#else /* without a kernel XLA computes the layer */

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
