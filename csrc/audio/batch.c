/* A batch: which kernel, which clips, which threads. */
#include "clip.h"

#include "features/pool.h"

#include <string.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
/* Powers of quiet samples are denormal, and those take a hundred times as long: flush them to 0. */
static unsigned flush_denormals(void)
{
    const unsigned before = _mm_getcsr();
    _mm_setcsr((before | 0x8040 | 0x1f80) & ~0x6000u); /* no traps, round to nearest */
    return before;
}
static void restore(unsigned before) { _mm_setcsr(before); }
#else
static unsigned flush_denormals(void) { return 0; }
static void restore(unsigned before) { (void)before; }
#endif

typedef void (*rawboost_function)(const filter_plan *, const rawboost_options *, const clip *,
                                  const clip_buffers *);
typedef void (*channel_function)(const filter_plan *, const channel_options *, const clip *,
                                 const clip_buffers *);

static const rawboost_function rawboost_kernels[AUGMENT_LEVELS] = {
    rawboost_clip_baseline,
#if defined(__x86_64__)
    rawboost_clip_avx2, rawboost_clip_avx512,
#endif
};
static const channel_function channel_kernels[AUGMENT_LEVELS] = {
    channel_clip_baseline,
#if defined(__x86_64__)
    channel_clip_avx2, channel_clip_avx512,
#endif
};

typedef struct {
    const filter_plan *plan;
    const rawboost_options *rawboost; /* either this or channel */
    const channel_options *channel;
    const augment_batch *batch;
    enum augment_level level;
    ptrdiff_t responses, notches; /* rows */
} task;

/* The buffers one after another in `memory`; returns the bytes they need, also for no memory. */
static size_t lay_out(const task *t, char *memory, clip_buffers *b)
{
    const filter_plan *p = t->plan;
    const size_t row = p->size * sizeof(float);
    const size_t padded = plan_padded(p, t->batch->length) * sizeof(float);
    const size_t sizes[] = {padded, padded, t->responses * row, t->notches * row,
                            (size_t)t->batch->length / 8 + 1, 6 * MOST_LANES * row};
    size_t offsets[6], used = 0;
    for (int i = 0; i < 6; i++) offsets[i] = used, used += (sizes[i] + 63) / 64 * 64;
    if (memory)
        *b = (clip_buffers){(float *)(memory + offsets[0]), (float *)(memory + offsets[1]),
                            (float *)(memory + offsets[2]), (float *)(memory + offsets[3]),
                            (uint8_t *)(memory + offsets[4]), memory + offsets[5]};
    return used;
}

static void run_clip(const void *argument, ptrdiff_t i, void *scratch)
{
    const task *t = argument;
    const augment_batch *batch = t->batch;
    const filter_plan *p = t->plan;
    clip_buffers b;
    lay_out(t, scratch, &b);
    const clip c = {batch->out + i * batch->length, batch->length, batch->seeds[i], batch->rate};
    const float *samples = batch->samples + i * batch->length;
    memset(b.padded, 0, p->half * sizeof *b.padded);
    memcpy(b.padded + p->half, samples, c.length * sizeof *samples);
    memset(b.padded + p->half + c.length, 0,
           (plan_padded(p, c.length) - p->half - c.length) * sizeof *b.padded);
    const unsigned mode = flush_denormals();
    if (t->rawboost) rawboost_kernels[t->level](p, t->rawboost, &c, &b);
    else channel_kernels[t->level](p, t->channel, &c, &b);
    restore(mode);
}

static int run(const task *t, int threads)
{
    if (t->batch->length == 0) return 0;
    return pool_run(run_clip, t, t->batch->clips, threads, lay_out(t, NULL, NULL));
}

int rawboost_run(const filter_plan *plan, const rawboost_options *options,
                 const augment_batch *batch, enum augment_level level, int threads)
{
    const task t = {plan, options, NULL, batch, level, options->orders + 1,
                    (ptrdiff_t)(options->orders + 1) * options->bands};
    return run(&t, threads);
}

int channel_run(const filter_plan *plan, const channel_options *options,
                const augment_batch *batch, enum augment_level level, int threads)
{
    const task t = {plan, NULL, options, batch, level, 3, 1};
    return run(&t, threads);
}
