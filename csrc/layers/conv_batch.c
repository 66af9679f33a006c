/* A convolution over a batch: choose the build, share the utterances out among threads, and lay the
 * kernel out in the order in which it is read. */
#include "base/denormals.h"
#include "base/pool.h"
#include "blocks.h"
#include "share.h"

#include <string.h>

#if defined(__x86_64__)
enum { SHARES = 3 }; /* of a gradient per thread, so that no thread waits long for a slower one */

typedef struct {
    conv_share common;
    ptrdiff_t utterances; /* of every share but the last */
    size_t weights;       /* floats of a share */
    float *parts;
    void (*run)(const conv_share *);
} task;

static void run_share(const void *argument, ptrdiff_t item, void *scratch)
{
    const task *t = argument;
    conv_share share = t->common;
    const ptrdiff_t left = share.layer->batch - item * t->utterances;
    share.first = item * t->utterances;
    share.utterances = left < t->utterances ? left : t->utterances;
    if (share.utterances <= 0) return;
    share.padded = scratch;
    if (t->parts) share.weights = t->parts + item * t->weights;
    const unsigned before = flush_denormals();
    t->run(&share);
    restore_denormals(before);
}

static int run(task *t, ptrdiff_t shares, int threads)
{
    const conv_layer *l = t->common.layer;
    const size_t padded = (size_t)(l->frames + l->size - 1) * l->inputs * sizeof(float);
    if (shares < 1) return 0;
    t->utterances = (l->batch + shares - 1) / shares;
    return pool_run(run_share, t, shares, threads, padded + 64);
}

int conv_forward(const conv_layer *layer, const float *kernel, const conv_block *block, float *y,
                 int threads)
{
    float *packed =
        in_blocks(kernel, layer->size * layer->inputs, layer->outputs, VECTORS * layer->lanes);
    if (!packed) return -1;
    task t = {.common = {.layer = layer, .packed = packed, .block = block, .y = y}};
    t.run = layer->lanes == 16 ? conv_forward_avx512 : conv_forward_avx2;
    const int status = run(&t, layer->batch, threads);
    free(packed);
    return status;
}

/* Add the parts in the order of the shares, so that the sum does not depend on timing. */
static void add_up(const task *t, ptrdiff_t shares, float *d_kernel)
{
    const conv_layer *l = t->common.layer;
    const ptrdiff_t depth = l->size * l->inputs;
    memset(d_kernel, 0, depth * l->outputs * sizeof *d_kernel);
    for (ptrdiff_t s = 0; s < shares; s++)
        add_from_blocks(t->parts + s * t->weights, depth, 0, depth, l->outputs, VECTORS * l->lanes,
                        d_kernel);
}

int conv_gradient(const conv_layer *layer, const float *dy, float *d_kernel, int threads)
{
    const ptrdiff_t wanted = threads > 1 ? SHARES * threads : 1;
    const ptrdiff_t shares = wanted < layer->batch ? wanted : layer->batch;
    task t = {.common = {.layer = layer, .dy = dy}};
    t.weights = rounded_up(layer->outputs, VECTORS * layer->lanes) * layer->size * layer->inputs;
    t.parts = floats(shares * t.weights);
    if (!t.parts) return -1;
    memset(t.parts, 0, shares * t.weights * sizeof(float));
    t.run = layer->lanes == 16 ? conv_gradient_avx512 : conv_gradient_avx2;
    const int status = run(&t, shares, threads);
    if (status == 0) add_up(&t, shares, d_kernel);
    free(t.parts);
    return status;
}

#else /* without a kernel XLA computes the layer */

int conv_forward(const conv_layer *layer, const float *kernel, const conv_block *block, float *y,
                 int threads)
{
    return (void)layer, (void)kernel, (void)block, (void)y, (void)threads, -1;
}
int conv_gradient(const conv_layer *layer, const float *dy, float *d_kernel, int threads)
{
    return (void)layer, (void)dy, (void)d_kernel, (void)threads, -1;
}
#endif
