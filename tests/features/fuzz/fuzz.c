/* Random options and random clips through the kernel, for a build with sanitizers.
 *
 *     fuzz SEED CASES SECONDS
 *
 * The program stops after that many cases or seconds; its exit status is 1 at a failure.
 *
 * Every buffer is allocated in its exact size, so that the sanitizers see a read or write beyond
 * it. Each case also checks that one and three threads give the same bits, that
 * finite samples give finite features, that rows beyond a clip's frames are 0, and that nothing is
 * written between the rows. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "features/framed.h"

static uint64_t state;

static uint64_t next(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state * 0x2545f4914f6cdd1dull;
}
static int below(int n) { return (int)((next() >> 33) % (uint64_t)n); }
static int between(int low, int high) { return low + below(high - low + 1); }
static int chance(int in) { return below(in) == 0; }
static float uniform(void) { return (float)(next() >> 40) / (1 << 23) - 1.0f; }

/* A number from 0 to `most`; small sizes are as likely as large ones. */
static int any_size(int most)
{
    int bits = 0;
    while (most >> bits) bits++;
    const int n = below(1 << between(0, bits));
    return n > most ? most : n;
}

typedef struct {
    framed_options o;
    float *window, *bank, *dct;
} random_options;

static float *weights(size_t n, int with_zeros)
{
    float *w = malloc(n * sizeof(float) + !n);
    for (size_t i = 0; i < n; i++) w[i] = with_zeros && !chance(4) ? 0.0f : fabsf(uniform());
    return w;
}

static random_options draw_options(void)
{
    random_options r = {0};
    framed_options *o = &r.o;
    o->fft = 256 << below(4);
    o->frame_length = chance(3) ? o->fft - below(20) : 1 + any_size(o->fft - 1);
    o->hop = chance(4) ? o->fft - below(9) : 1 + any_size(o->fft - 1);
    o->center = chance(2);
    o->window = r.window = weights(o->frame_length, 0);
    o->pre_emphasis = chance(2) ? 0.97f : 0.0f;
    o->pre_emphasis_frames = chance(3);
    o->remove_dc = chance(4);
    o->magnitude = chance(4);
    int bands = o->fft / 2 + 1;
    if (!chance(4)) {
        o->filters = 1 + any_size(120);
        o->filter_bank = r.bank = weights((size_t)o->filters * bands, 1);
        bands = o->filters;
    }
    if (chance(2)) {
        o->cepstra = 1 + any_size(bands < 60 ? bands - 1 : 59);
        o->dct = r.dct = weights((size_t)o->cepstra * bands, 0);
    }
    o->log_scale = chance(6) ? 0.0f : chance(2) ? 1.0f : 0.4342945f;
    o->eps = chance(3) ? 0.0f : 1.1920929e-07f;
    o->floor = o->eps == 0.0f ? 1e-10f : 0.0f;
    o->energy = chance(3);
    o->deltas = below(3);
    o->delta_width = chance(2) ? 0 : any_size(12);
    o->normalize = chance(2) ? 0 : below(3);
    return r;
}

enum content { NOISE, SILENCE, DENORMALS, NOT_A_NUMBER, INFINITE, CONTENTS };

static float sample(enum content content)
{
    switch (content) {
    case SILENCE: return 0.0f;
    case DENORMALS: return uniform() * 1e-39f;
    case NOT_A_NUMBER: return chance(50) ? NAN : uniform();
    case INFINITE: return chance(50) ? (chance(2) ? INFINITY : -INFINITY) : uniform();
    default: return uniform();
    }
}

static int fail(const char *what, const framed_options *o, enum processor_level level)
{
    fprintf(stderr, "%s: level %d fft %d frame %d hop %d center %d filters %d cepstra %d\n", what,
            level, o->fft, o->frame_length, o->hop, o->center, o->filters, o->cepstra);
    return 1;
}

/* Whether a row is not finite where it must be, not 0 beyond the clip, or followed by other values
 * than the guard. */
static int has_wrong_rows(const framed_plan *plan, const framed_batch *b, int finite, float guard)
{
    const int n = framed_coefficients(plan);
    for (ptrdiff_t clip = 0; clip < b->clips; clip++) {
        const ptrdiff_t own = framed_frames(plan, b->lengths ? b->lengths[clip] : b->length);
        for (ptrdiff_t t = 0; t < b->frames; t++) {
            const float *row = b->out + clip * b->out_clip_stride + t * b->out_frame_stride;
            for (int c = 0; c < n; c++)
                if ((finite && !isfinite(row[c])) || (t >= own && row[c] != 0.0f)) return 1;
            for (ptrdiff_t c = n; c < b->out_frame_stride; c++)
                if (row[c] != guard) return 1;
        }
    }
    return 0;
}

static int run_case(void)
{
    random_options r = draw_options();
    enum processor_level level;
    do level = (enum processor_level)below(PROCESSOR_LEVELS);
    while (!processor_runs(level));
    framed_plan *plan = framed_plan_new(&r.o, level);
    if (!plan) return fail("no plan", &r.o, level);

    const int most = r.o.hop < 40 ? 2500 * r.o.hop / 40 + r.o.fft : chance(8) ? 100000 : 8000;
    const int stride = chance(2) ? 1 : between(-3, 3), step = abs(stride);
    framed_batch b = {.int16 = chance(2), .clips = below(4), .length = any_size(most)};
    const enum content content = b.int16 ? NOISE : (enum content)below(CONTENTS);
    const size_t per_clip = b.length ? (size_t)(b.length - 1) * step + 1 : 0;
    const size_t total = per_clip * b.clips, size = b.int16 ? 2 : 4;
    char *samples = malloc(total * size + !total);
    for (size_t i = 0; i < total; i++)
        if (b.int16) ((int16_t *)samples)[i] = (int16_t)next();
        else ((float *)samples)[i] = sample(content);
    b.samples = stride < 0 && b.length ? samples + (per_clip - 1) * size : samples;
    b.sample_stride = stride;
    b.clip_stride = per_clip;
    int64_t *lengths = malloc(b.clips * sizeof *lengths + !b.clips);
    for (ptrdiff_t i = 0; i < b.clips; i++) lengths[i] = below((int)b.length + 1);
    if (chance(2)) b.lengths = lengths;

    const float guard = 12345.0f;
    b.frames = framed_frames(plan, b.length) + (chance(3) ? between(-2, 2) : 0);
    if (b.frames < 0) b.frames = 0;
    b.out_frame_stride = framed_coefficients(plan) + (chance(2) ? below(5) : 0);
    b.out_clip_stride = b.frames * b.out_frame_stride;
    const size_t outs = (size_t)b.out_clip_stride * b.clips;
    float *first = malloc(outs * sizeof(float) + !outs),
          *second = malloc(outs * sizeof(float) + !outs);
    for (size_t i = 0; i < outs; i++) first[i] = second[i] = guard;

    int failed = 0;
    b.out = first;
    if (framed_run(plan, &b, 1)) failed = fail("out of memory", &r.o, level);
    if (has_wrong_rows(plan, &b, content <= DENORMALS, guard)) failed = fail("rows", &r.o, level);
    b.out = second;
    framed_run(plan, &b, 3);
    if (memcmp(first, second, outs * sizeof(float))) failed = fail("threads", &r.o, level);

    framed_plan_free(plan);
    free(r.window), free(r.bank), free(r.dct);
    free(samples), free(lengths), free(first), free(second);
    return failed;
}

int main(int count, char **argument)
{
    if (count != 4) return fprintf(stderr, "fuzz SEED CASES SECONDS\n"), 2;
    state = strtoull(argument[1], NULL, 10) * 2654435761u + 88172645463325252ull;
    const long cases = atol(argument[2]);
    const time_t end = time(NULL) + atol(argument[3]);
    long done = 0;
    for (; done < cases && time(NULL) < end; done++)
        if (run_case()) return fprintf(stderr, "case %ld\n", done), 1;
    printf("%ld cases\n", done);
    return 0;
}
