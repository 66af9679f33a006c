/* Give a clip its memory and choose the build. */
#include "base/denormals.h"
#include "base/pool.h"
#include "plan.h"

#include <string.h>

static const struct {
    void (*copy)(const copy_plan *, const attack *, const framing *, uint64_t,
                 const copy_buffers *);
    void (*pitch)(const copy_plan *, const float *, const framing *, const copy_buffers *);
} kernels[PROCESSOR_LEVELS] = {
    {copy_clip_baseline, pitch_clip_baseline},
#if defined(__x86_64__)
    {copy_clip_avx2, pitch_clip_avx2},
    {copy_clip_avx512, pitch_clip_avx512},
#endif
};

typedef struct {
    const copy_plan *plan;
    const attack *attack; /* NULL where the pitch alone is wanted */
    const float *samples;
    framing framing;
    uint64_t seed;
    enum processor_level level;
    float *out;
    const float *pitch;
    int32_t *is_voiced;
} task;

/* Take the next `bytes` of the memory, 64-byte aligned. Without memory only count them. */
static void *take(char *memory, size_t *used, size_t bytes)
{
    void *place = memory ? memory + *used : NULL;
    *used += (bytes + 63) / 64 * 64;
    return place;
}

static size_t layout(const task *t, char *memory, copy_buffers *b)
{
    const framing *s = &t->framing;
    const size_t clip = s->stride * s->hop * sizeof(float), column = s->padded * sizeof(float);
    const int is_griffin_lim = t->attack && t->attack->kind == GRIFFIN_LIM;
    const int needs_other =
        is_griffin_lim ||
        (t->attack && (t->attack->kind == PREDICTION || t->attack->kind == CEPSTRAL));
    size_t used = 0;
    b->clip = take(memory, &used, clip);
    b->rows = take(memory, &used, clip);
    b->result = take(memory, &used, t->attack ? clip : 0);
    b->other = take(memory, &used, needs_other ? clip : 0);
    b->magnitudes = take(memory, &used, is_griffin_lim ? BINS * column : 0);
    b->f0 = take(memory, &used, column);
    b->height = take(memory, &used, column);
    b->level = take(memory, &used, column);
    b->is_voiced = take(memory, &used, s->padded * sizeof *b->is_voiced);
    b->cycles = take(memory, &used, s->padded * sizeof *b->cycles);
    b->work = take(memory, &used, WORK_VECTORS * MOST_LANES * sizeof(float));
    return used;
}

static void work(const void *argument, ptrdiff_t item, void *scratch)
{
    const task *t = argument;
    const framing *s = &t->framing;
    copy_buffers b;
    (void)item; /* there is one clip */
    layout(t, scratch, &b);
    memset(b.clip, 0, s->stride * s->hop * sizeof *b.clip);
    memcpy(b.clip + s->lead, t->samples, s->length * sizeof *b.clip);
    const unsigned mode = flush_denormals();
    if (t->attack) {
        kernels[t->level].copy(t->plan, t->attack, s, t->seed, &b);
        memcpy(t->out, b.clip + s->lead, s->length * sizeof *t->out);
    } else {
        kernels[t->level].pitch(t->plan, t->pitch, s, &b);
        memcpy(t->out, b.f0, s->frames * sizeof *t->out);
        memcpy(t->is_voiced, b.is_voiced, s->frames * sizeof *t->is_voiced);
    }
    restore_denormals(mode);
}

static int run(const task *t)
{
    if (t->framing.length == 0) return 0;
    return pool_run(work, t, 1, 1, layout(t, NULL, &(copy_buffers){0}));
}

int copy_run(const copy_plan *plan, const attack *options, const float *samples, float *out,
             ptrdiff_t length, uint64_t seed, enum processor_level level)
{
    const task t = {.plan = plan,
                    .attack = options,
                    .samples = samples,
                    .framing = framing_of(length, options->hop),
                    .seed = seed,
                    .level = level,
                    .out = out};
    return run(&t);
}

ptrdiff_t pitch_frames(ptrdiff_t length, int hop) { return framing_of(length, hop).frames; }

int pitch_run(const copy_plan *plan, const float *pitch, int hop, const float *samples,
              ptrdiff_t length, float *f0, int32_t *is_voiced, enum processor_level level)
{
    const task t = {.plan = plan,
                    .samples = samples,
                    .framing = framing_of(length, hop),
                    .level = level,
                    .out = f0,
                    .pitch = pitch,
                    .is_voiced = is_voiced};
    return run(&t);
}
