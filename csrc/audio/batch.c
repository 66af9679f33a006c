/* A batch: choose the kernel and share the clips out among threads. */
#include "base/denormals.h"
#include "base/pool.h"
#include "clip.h"

#include <string.h>

#define FUNCTIONS(build) {rawboost_clip_##build, channel_clip_##build, room_clip_##build}

static const struct {
    void (*rawboost)(const filter_plan *, const rawboost_options *, const clip *,
                     const clip_buffers *);
    void (*channel)(const filter_plan *, const channel_options *, const clip *,
                    const clip_buffers *);
    void (*room)(const filter_plan *, const room_sizes *, const float *, ptrdiff_t, const clip *,
                 const room_buffers *);
} kernels[PROCESSOR_LEVELS] = {
    FUNCTIONS(baseline),
#if defined(__x86_64__)
    FUNCTIONS(avx2),
    FUNCTIONS(avx512),
#endif
};

typedef struct {
    const filter_plan *plan;
    /* One of the three augmentations: */
    const rawboost_options *rawboost;
    const channel_options *channel;
    room_sizes room; /* with the responses */
    const float *responses;
    const int64_t *response_lengths;
    ptrdiff_t response_stride;
    const augment_batch *batch;
    enum processor_level level;
    ptrdiff_t filters, notches; /* rows of responses that a clip needs */
} task;

/* Take the next `bytes` of the memory, 64-byte aligned. Without memory only count them. */
static void *take(char *memory, size_t *used, size_t bytes)
{
    void *place = memory ? memory + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return place;
}

static size_t clip_layout(const task *t, char *memory, clip_buffers *b)
{
    const filter_plan *p = t->plan;
    const size_t row = p->size * sizeof(float);
    const size_t padded = plan_padded(p, t->batch->length) * sizeof(float);
    size_t used = 0;
    b->padded = take(memory, &used, padded);
    b->result = take(memory, &used, padded);
    b->responses = take(memory, &used, t->filters * row);
    b->notches = take(memory, &used, t->notches * row);
    b->marks = take(memory, &used, (size_t)(t->batch->length + 63) / 64 * sizeof *b->marks);
    b->work = take(memory, &used, 6 * MOST_LANES * row);
    return used;
}

static size_t room_padded(const room_sizes *s) { return (s->pairs + s->spectra + 1) * s->block; }

static size_t room_layout(const task *t, char *memory, room_buffers *b)
{
    const room_sizes *s = &t->room;
    const size_t row = t->plan->size * sizeof(float);
    size_t used = 0;
    b->padded = take(memory, &used, room_padded(s) * sizeof(float));
    b->result = take(memory, &used, 2 * s->pairs * s->block * sizeof(float));
    b->heads = take(memory, &used, 2 * s->parts * row);
    b->spectra = take(memory, &used, 2 * s->spectra * row);
    b->work = take(memory, &used, 2 * MOST_LANES * row);
    return used;
}

/* Copy the samples to out[before ..] and fill the rest of `total` values with zeros. */
static void pad(float *out, const float *samples, ptrdiff_t before, ptrdiff_t n, ptrdiff_t total)
{
    memset(out, 0, before * sizeof *out);
    memcpy(out + before, samples, n * sizeof *out);
    memset(out + before + n, 0, (total - before - n) * sizeof *out);
}

static void run_clip(const void *argument, ptrdiff_t i, void *scratch)
{
    const task *t = argument;
    const augment_batch *batch = t->batch;
    const filter_plan *p = t->plan;
    const ptrdiff_t n = batch->length;
    const clip c = {batch->out + i * n, n, batch->seeds ? batch->seeds[i] : 0, batch->rate};
    const float *samples = batch->samples + i * n;
    const unsigned mode = flush_denormals();
    if (t->responses) {
        room_buffers b;
        room_layout(t, scratch, &b);
        pad(b.padded, samples, t->room.parts * t->room.block, n, room_padded(&t->room));
        kernels[t->level].room(p, &t->room, t->responses + i * t->response_stride,
                               t->response_lengths[i], &c, &b);
    } else {
        clip_buffers b;
        clip_layout(t, scratch, &b);
        pad(b.padded, samples, p->half, n, plan_padded(p, n));
        if (t->rawboost) kernels[t->level].rawboost(p, t->rawboost, &c, &b);
        else kernels[t->level].channel(p, t->channel, &c, &b);
    }
    restore_denormals(mode);
}

static int run(const task *t, int threads)
{
    if (t->batch->length == 0) return 0;
    const size_t scratch = t->responses ? room_layout(t, NULL, &(room_buffers){0})
                                        : clip_layout(t, NULL, &(clip_buffers){0});
    return pool_run(run_clip, t, t->batch->clips, threads, scratch);
}

int rawboost_run(const filter_plan *plan, const rawboost_options *options,
                 const augment_batch *batch, enum processor_level level, int threads)
{
    const ptrdiff_t filters = options->orders + 1;
    const task t = {.plan = plan,
                    .rawboost = options,
                    .batch = batch,
                    .level = level,
                    .filters = filters,
                    .notches = filters * options->bands};
    return run(&t, threads);
}

int channel_run(const filter_plan *plan, const channel_options *options, const augment_batch *batch,
                enum processor_level level, int threads)
{
    const task t = {.plan = plan,
                    .channel = options,
                    .batch = batch,
                    .level = level,
                    .filters = 3,
                    .notches = 1};
    return run(&t, threads);
}

filter_plan *room_plan_new(void) { return filter_plan_new(256); }

/* n / unit, rounded up. */
static ptrdiff_t units(ptrdiff_t n, ptrdiff_t unit) { return (n + unit - 1) / unit; }

int room_run(const filter_plan *plan, const float *responses, ptrdiff_t most,
             const int64_t *lengths, const augment_batch *batch, enum processor_level level,
             int threads)
{
    const ptrdiff_t block = plan->size / 2, parts = units(most, block);
    const ptrdiff_t pairs = units(batch->length, 2 * block * MOST_LANES) * MOST_LANES;
    const ptrdiff_t spectra = units(pairs + parts - 1, MOST_LANES) * MOST_LANES;
    const task t = {.plan = plan,
                    .room = {block, parts, pairs, spectra},
                    .responses = responses,
                    .response_lengths = lengths,
                    .response_stride = most,
                    .batch = batch,
                    .level = level};
    return run(&t, threads);
}
