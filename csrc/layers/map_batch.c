/* A convolution over maps: choose the build, share the segments out among threads, and lay the
 * kernel out in the order in which it is read. */
#include "base/denormals.h"
#include "base/pool.h"
#include "blocks.h"
#include "share.h"

#include <string.h>

#if defined(__x86_64__)
enum {
    SHARES = 4, /* of a gradient per thread, so that no thread waits long for a slower one */
    FORWARD_QUADS = MAP_SEGMENT / QUAD, /* its products stay in the first-level cache */
    GRADIENT_QUADS = 60 /* each segment adds once to a gradient that does not fit there */
};

static const float TAPS[COMPONENTS][MAP_FRAMES] = {
    {1 / 4.0f, 0, 0},
    {-1 / 6.0f, -1 / 6.0f, -1 / 6.0f},
    {-1 / 6.0f, 1 / 6.0f, -1 / 6.0f},
    {1 / 24.0f, 1 / 12.0f, 1 / 6.0f},
    {1 / 24.0f, -1 / 12.0f, 1 / 6.0f},
    {0, 0, 1},
}; /* the matrix G of winograd.h */

typedef struct {
    map_share common;
    ptrdiff_t segments, shares;
    size_t weights; /* floats of a share's gradient */
    float *parts;
    void (*run)(const map_share *);
} task;

static void run_share(const void *argument, ptrdiff_t item, void *scratch)
{
    const task *t = argument;
    map_share share = t->common;
    share.first = item * t->segments / t->shares;
    share.segments = (item + 1) * t->segments / t->shares - share.first;
    share.scratch = scratch;
    if (t->parts) share.weights = t->parts + item * t->weights;
    const unsigned before = flush_denormals();
    t->run(&share);
    restore_denormals(before);
}

static int run(task *t, int threads)
{
    return pool_run(run_share, t, t->shares, threads,
                    map_scratch(t->common.layer, t->common.quads) * sizeof(float) + 64);
}

/* Floats of a component of the kernel, in blocks. */
static size_t component_of(const map_layer *l)
{
    return l->tall * l->inputs * rounded_up(l->outputs, VECTORS * l->lanes);
}

/* Return the kernel's components, each in blocks, which the caller frees; NULL when memory is short.
 */
static float *transformed(const map_layer *l, const float *kernel)
{
    const ptrdiff_t tap = l->inputs * l->outputs, component = component_of(l);
    float *all = floats(COMPONENTS * component), *one = floats(l->tall * tap);
    for (int c = 0; all && one && c < COMPONENTS; c++) {
        for (ptrdiff_t i = 0; i < l->tall; i++)
            for (ptrdiff_t k = 0; k < tap; k++) {
                const float *g = kernel + i * MAP_FRAMES * tap + k;
                one[i * tap + k] =
                    TAPS[c][0] * g[0] + TAPS[c][1] * g[tap] + TAPS[c][2] * g[2 * tap];
            }
        float *blocks = in_blocks(one, l->tall * l->inputs, l->outputs, VECTORS * l->lanes);
        if (blocks) memcpy(all + c * component, blocks, component * sizeof *all);
        else free(all), all = NULL;
        free(blocks);
    }
    if (!one) free(all), all = NULL;
    free(one);
    return all;
}

int map_forward(const map_layer *layer, const float *kernel, const map_block *block, float *y,
                int threads)
{
    task t = {.common = {.layer = layer, .quads = FORWARD_QUADS, .block = block, .y = y}};
    t.segments = t.shares = layer->batch * segments_of(layer, t.common.quads);
    if (t.segments < 1) return 0;
    float *packed = transformed(layer, kernel);
    if (!packed) return -1;
    t.common.packed = packed;
    t.run = layer->lanes == 16 ? map_forward_avx512 : map_forward_avx2;
    const int status = run(&t, threads);
    free(packed);
    return status;
}

/* Add the shares in their order, so that the sum does not depend on timing, and transform it back. */
static int add_up(const task *t, float *d_kernel)
{
    const map_layer *l = t->common.layer;
    const ptrdiff_t tap = l->inputs * l->outputs, depth = l->tall * l->inputs;
    float *sum = floats(l->tall * tap);
    if (!sum) return -1;
    for (int c = 0; c < COMPONENTS; c++) {
        memset(sum, 0, l->tall * tap * sizeof *sum);
        for (ptrdiff_t s = 0; s < t->shares; s++)
            add_from_blocks(t->parts + s * t->weights + c * component_of(l), depth, 0, depth,
                            l->outputs, VECTORS * l->lanes, sum);
        for (ptrdiff_t i = 0; i < l->tall; i++)
            for (int j = 0; j < MAP_FRAMES; j++)
                for (ptrdiff_t k = 0; k < tap; k++)
                    d_kernel[(i * MAP_FRAMES + j) * tap + k] += TAPS[c][j] * sum[i * tap + k];
    }
    free(sum);
    return 0;
}

int map_gradient(const map_layer *layer, const float *dy, float *d_kernel, int threads)
{
    task t = {.common = {.layer = layer, .quads = GRADIENT_QUADS, .dy = dy}};
    t.segments = layer->batch * segments_of(layer, t.common.quads);
    t.shares = smaller(threads > 1 ? SHARES * threads : 1, t.segments);
    t.weights = COMPONENTS * component_of(layer);
    memset(d_kernel, 0,
           layer->tall * MAP_FRAMES * layer->inputs * layer->outputs * sizeof *d_kernel);
    if (t.segments < 1) return 0;
    t.parts = floats(t.shares * t.weights);
    if (!t.parts) return -1;
    memset(t.parts, 0, t.shares * t.weights * sizeof(float));
    t.run = layer->lanes == 16 ? map_gradient_avx512 : map_gradient_avx2;
    int status = run(&t, threads);
    if (status == 0) status = add_up(&t, d_kernel);
    free(t.parts);
    return status;
}

#else /* without a kernel XLA computes the layer */

int map_forward(const map_layer *layer, const float *kernel, const map_block *block, float *y,
                int threads)
{
    return (void)layer, (void)kernel, (void)block, (void)y, (void)threads, -1;
}
int map_gradient(const map_layer *layer, const float *dy, float *d_kernel, int threads)
{
    return (void)layer, (void)dy, (void)d_kernel, (void)threads, -1;
}
#endif
