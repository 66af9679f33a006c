/* Random options and random clips through the augmentations, for a build with sanitizers.
 *
 *     fuzz SEED CASES SECONDS
 *
 * Every buffer is allocated in its exact size, so that the sanitizers see a read or write beyond
 * it. Each case also checks that finite samples give finite ones, that all builds agree, that three
 * threads give the bits of one, and that a clip alone gives what it gave in its batch. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audio/augment.h"
#include "random_cases.h"

static range any(double low, double high)
{
    return (range){uniform(low, high), uniform(low, high)};
}

enum { RAWBOOST, CHANNEL, ROOM };

typedef struct {
    int kind;
    rawboost_options rawboost;
    channel_options channel;
    filter_plan *plan;
    float *responses; /* of rooms, clips x most */
    ptrdiff_t most;
    int64_t *lengths;
} part;

static part draw_part(double rate, ptrdiff_t clips)
{
    part p = {.kind = below(3)};
    p.most = 1 + below(1 << below(14));
    p.responses = malloc(clips * p.most * sizeof *p.responses);
    p.lengths = malloc(clips * sizeof *p.lengths);
    for (ptrdiff_t i = 0; i < clips * p.most; i++) p.responses[i] = (float)uniform(-1, 1);
    for (ptrdiff_t i = 0; i < clips; i++) p.lengths[i] = 1 + below((int)p.most);
    p.rawboost = (rawboost_options){.algorithm = 1 + below(8),
                                    .orders = 1 + below(chance(4) ? 12 : 5),
                                    .bands = 1 + below(6),
                                    .centre = any(0, chance(4) ? 2 * rate : rate / 2),
                                    .width = any(0, rate / 16),
                                    .taps = any(1, chance(4) ? 300 : 100),
                                    .gain = any(-6, 6),
                                    .higher_gain = any(-20, 0),
                                    .impulses = uniform(0, 100),
                                    .impulse_gain = uniform(0, 3),
                                    .snr = any(-20, 60)};
    p.channel = (channel_options){.equalise = chance(4) ? 0 : 1,
                                  .noise = chance(4) ? 0 : 1,
                                  .low_pass = chance(4) ? 0 : 1,
                                  .knots = 2 + below(63),
                                  .gain = uniform(0, 10),
                                  .snr = any(-20, 60),
                                  .slope = any(-2, 1),
                                  .narrow = uniform(0, 1),
                                  .narrow_hz = any(1, rate),
                                  .wide_hz = any(1, rate)};
    /* The tables of a filter are made for the greatest number of taps, which must be the second. */
    const double high = p.rawboost.taps.high, low = p.rawboost.taps.low;
    p.rawboost.taps = (range){low < high ? low : high, low < high ? high : low};
    p.plan = p.kind == ROOM
                 ? room_plan_new()
                 : filter_plan_new(p.kind == RAWBOOST ? rawboost_half(&p.rawboost) : CHANNEL_HALF);
    return p;
}

/* The batch begins with clip `first` of the part, from which on the responses are taken. */
static int run(const part *p, const augment_batch *b, ptrdiff_t first, int level, int threads)
{
    if (p->kind == RAWBOOST) return rawboost_run(p->plan, &p->rawboost, b, level, threads);
    if (p->kind == CHANNEL) return channel_run(p->plan, &p->channel, b, level, threads);
    return room_run(p->plan, p->responses + first * p->most, p->most, p->lengths + first, b, level,
                    threads);
}

static float *draw_samples(size_t n, int *finite)
{
    float *x = malloc(n * sizeof *x + !n);
    const double level = pow(10.0, uniform(-12, 0));
    const int silent = chance(8);
    for (size_t i = 0; i < n; i++) x[i] = silent ? 0.0f : (float)(level * uniform(-1, 1));
    *finite = !chance(10) || n == 0;
    if (!*finite) {
        const float bad[] = {NAN, INFINITY, -INFINITY, 1e38f, 1e-40f};
        for (int k = 1 + below(5); k > 0; k--) x[next() % n] = bad[below(5)];
    }
    return x;
}

static int levels(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl"))
        return 3;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 2;
#endif
    return 1;
}

static const char *one_case(void)
{
    const double rate = uniform(4000, 48000);
    const ptrdiff_t clips = 1 + below(4);
    const part p = draw_part(rate, clips);
    const ptrdiff_t length = chance(10) ? below(100000) : below(1 << below(14));
    const size_t n = (size_t)(clips * length), bytes = n * sizeof(float);
    int finite;
    float *x = draw_samples(n, &finite), *y = malloc(bytes + !n), *z = malloc(bytes + !n);
    uint64_t *seeds = malloc(clips * sizeof *seeds);
    for (ptrdiff_t i = 0; i < clips; i++) seeds[i] = next();
    const augment_batch first = {x, y, seeds, clips, length, rate};
    const char *failure = p.plan ? NULL : "no plan";
    const int most = levels();

    if (!failure && run(&p, &first, 0, most - 1, 1)) failure = "no memory";
    float peak = 1e-3f;
    for (size_t i = 0; finite && i < n; i++) {
        if (!isfinite(y[i])) failure = "not finite";
        peak = fmaxf(peak, fabsf(y[i]));
    }
    for (int level = 0; !failure && level < most; level++) {
        memcpy(z, x, bytes); /* in place, and on more threads */
        const augment_batch again = {z, z, seeds, clips, length, rate};
        if (run(&p, &again, 0, level, 3)) failure = "no memory";
        for (size_t i = 0; finite && i < n; i++)
            if (fabsf(y[i] - z[i]) > 1e-4f * peak) failure = "builds differ";
        if (level == most - 1 && memcmp(y, z, bytes)) failure = "threads differ";
    }
    if (!failure) {
        const ptrdiff_t last = clips - 1;
        const augment_batch alone = {x + last * length, z, seeds + last, 1, length, rate};
        run(&p, &alone, last, most - 1, 1);
        if (memcmp(y + last * length, z, length * sizeof *z)) failure = "batches differ";
    }
    if (failure)
        fprintf(stderr, "%s: %s algorithm %d, %td clips of %td samples at %g Hz, finite %d\n",
                failure, (const char *[]){"RawBoost", "channel", "room"}[p.kind],
                p.rawboost.algorithm, clips, length, rate, finite);
    filter_plan_free(p.plan);
    free(x), free(y), free(z), free(seeds), free(p.responses), free(p.lengths);
    return failure;
}

int main(int count, char **arguments) { return run_cases(count, arguments, one_case); }
