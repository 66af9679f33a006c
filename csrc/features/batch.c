/* A batch: choose the kernel and share the clips out among threads. */
#include "base/denormals.h"
#include "base/pool.h"
#include "plan.h"

#include <string.h>

typedef void (*clip_function)(const framed_plan *, const framed_clip *, void *);

static const struct {
    int lanes;
    clip_function run;
} kernels[PROCESSOR_LEVELS] = {
    {4, framed_clip_baseline},
#if defined(__x86_64__)
    {8, framed_clip_avx2},
    {16, framed_clip_avx512},
#endif
};

typedef struct {
    const framed_plan *plan;
    const framed_batch *batch;
} task;

static void run_clip(const void *argument, ptrdiff_t i, void *scratch)
{
    const task *t = argument;
    const framed_batch *b = t->batch;
    framed_clip clip = {
        .samples = (const char *)b->samples + i * b->clip_stride * (b->int16 ? 2 : 4),
        .int16 = b->int16,
        .length = b->lengths ? (ptrdiff_t)b->lengths[i] : b->length,
        .stride = b->sample_stride,
        .out = b->out + i * b->out_clip_stride,
        .out_stride = b->out_frame_stride,
    };
    clip.frames = framed_frames(t->plan, clip.length);
    if (clip.frames > b->frames) clip.frames = b->frames;
    const unsigned mode = flush_denormals();
    kernels[t->plan->level].run(t->plan, &clip, scratch);
    restore_denormals(mode);
    for (ptrdiff_t f = clip.frames; f < b->frames; f++)
        memset(clip.out + f * clip.out_stride, 0, framed_coefficients(t->plan) * sizeof(float));
}

int framed_run(const framed_plan *plan, const framed_batch *batch, int threads)
{
    const task t = {plan, batch};
    const size_t scratch = framed_scratch_bytes(plan, kernels[plan->level].lanes);
    return pool_run(run_clip, &t, batch->clips, threads, scratch);
}
