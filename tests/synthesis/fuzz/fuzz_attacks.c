/* Random options and random clips through the attacks, for a build with sanitizers.
 *
 *     fuzz SEED CASES SECONDS
 *
 * Clips and tables are allocated in their exact sizes, so that the sanitizers see a read or write
 * beyond them. Each case also checks that finite samples have finite copies, and that a second copy
 * has the same bits although another clip has used the memory in between. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "synthesis/attacks.h"
#include "random_cases.h"

static const double PI = 3.14159265358979323846;
static void *tables[16];
static int table_count;

static void *table(size_t bytes) { return tables[table_count++] = malloc(bytes + !bytes); }

/* rows x columns of scale(row) * wave(unit * row * column). */
static float *waves(int rows, int columns, double unit, double (*wave)(double), double scale)
{
    float *m = table((size_t)rows * columns * sizeof *m);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            m[(size_t)r * columns + c] = (float)(scale * wave(unit * r * c));
    return m;
}

static float *pitch_table(void)
{
    float *m = table(PITCH_BINS * LAGS * sizeof *m);
    for (int k = 0; k < PITCH_BINS; k++)
        for (int l = 0; l < LAGS; l++)
            m[k * LAGS + l] = (float)cos(2 * PI * (FIRST_PITCH_BIN + k) * 4 * l / PITCH_TRANSFORM);
    return m;
}

/* A series of cosines over frequency in the place of mel frequency. */
static float *cepstral_analysis(int order)
{
    float *m = waves(BINS, order + 1, PI / (BINS - 1), cos, 2.0 / BINS);
    for (int k = 0; k < BINS; k++) m[(size_t)k * (order + 1)] /= 2;
    return m;
}

static griffin_lim_options draw_griffin_lim(void)
{
    const int bands = chance(2) ? 0 : 1 + below(MOST_BANDS);
    int32_t *starts = table((bands + 1) * sizeof *starts);
    starts[0] = 0;
    for (int m = 1; m < bands; m++) {
        const int next = starts[m - 1] + below(2 * BINS / bands + 2);
        starts[m] = next < BINS ? next : BINS;
    }
    if (bands > 0) starts[bands] = BINS;
    float *weights = table(4 * BINS * sizeof *weights);
    for (int k = 0; k < BINS; k++) {
        const double own = chance(8) ? 0 : uniform(1e-4, 1),
                     next = chance(8) ? 0 : uniform(1e-4, 1);
        const double total = own + next > 0 ? own + next : 1;
        const double row[4] = {own, next, own / total, next / total};
        for (int r = 0; r < 4; r++) weights[r * BINS + k] = (float)row[r];
    }
    return (griffin_lim_options){1 + below(4), (float)uniform(0, 1), bands, starts, weights};
}

static prediction_options draw_prediction(void)
{
    const int order = 2 + below(MOST_ORDER - 1);
    prediction_options o = {.order = order, .pitch = pitch_table()};
    o.correlate = waves(BINS, order + 1, 2 * PI / FRAME, cos, 2.0 / FRAME);
    o.cosines = waves(order + 1, BINS, 2 * PI / FRAME, cos, 1);
    o.sines = waves(order + 1, BINS, 2 * PI / FRAME, sin, -1);
    float *emphasis = table(2 * BINS * sizeof *emphasis);
    for (int k = 0; k < BINS; k++) emphasis[k] = 1.0f, emphasis[BINS + k] = 0.0f;
    o.emphasis = emphasis;
    return o;
}

static warp_options draw_warp(void)
{
    const int order = 2 + below(MOST_ORDER - 1);
    warp_options o = {.order = order, .analyse = cepstral_analysis(order)};
    o.before = waves(order + 1, BINS, PI / (BINS - 1), cos, -1.4427);
    o.after = waves(order + 1, BINS, uniform(0.5, 1) * PI / (BINS - 1), cos, 1.4427);
    o.pitch = chance(3) ? 1.0f : (float)uniform(0.5, 2);
    int32_t *sources = table(BINS * sizeof *sources);
    for (int k = 0; k < BINS; k++) sources[k] = below(BINS);
    o.sources = sources;
    return o;
}

static attack draw_attack(void)
{
    attack a = {.kind = below(WARP + 1), .hop = chance(2) ? 128 : 256};
    const int order = 2 + below(MOST_ORDER - 1);
    switch (a.kind) {
    case PHASES: a.phases = (phase_options){(float)uniform(0, 0.5), below(BINS)}; break;
    case GRIFFIN_LIM: a.griffin_lim = draw_griffin_lim(); break;
    case PREDICTION: a.prediction = draw_prediction(); break;
    case CEPSTRAL:
        a.cepstral = (cepstral_options){.order = order,
                                        .analyse = cepstral_analysis(order),
                                        .logs = waves(order + 1, BINS, PI / 256, cos, 1.4427),
                                        .phases = waves(order + 1, BINS, PI / 256, sin, -0.159),
                                        .first_bin = below(BINS + 1),
                                        .pitch = pitch_table()};
        break;
    case HARMONICS:
        a.harmonics = (harmonic_options){(float)uniform(500, 8000), pitch_table()};
        a.hop = 128;
        break;
    case PEAKS: {
        float *weights = waves(1, BINS, 0, cos, 1);
        a.peaks = (peak_options){1 + below(128), weights};
        a.hop = 128;
        break;
    }
    case WARP: a.warp = draw_warp(); break;
    }
    return a;
}

/* Noise, tones, steps, clicks and silence at any level. */
static float *draw_samples(ptrdiff_t n)
{
    float *x = malloc(n * sizeof *x);
    const double level = pow(10.0, uniform(-12, chance(4) ? 12 : 0)), rate = uniform(0, 0.5);
    const int kind = below(6);
    for (ptrdiff_t i = 0; i < n; i++) {
        const double noise = uniform(-1, 1), tone = cos(2 * PI * fmod(rate * (double)i, 1));
        const double values[] = {noise, tone, 1, 0, noise < 0.99 ? 0 : 1, tone > 0.9 ? 1 : -0.1};
        x[i] = (float)(level * values[kind]);
    }
    return x;
}

static const char *one_case(const copy_plan *plan)
{
    const attack a = draw_attack(), other = {.kind = PHASES, .hop = 128};
    const ptrdiff_t n = 1 + (chance(10) ? below(60000) : below(1 << below(14)));
    const uint64_t seed = next();
    float *x = draw_samples(n), *y = malloc(n * sizeof *y), *z = malloc(n * sizeof *z);
    const char *failure = NULL;
    for (int level = 0; !failure && level < PROCESSOR_LEVELS; level++) {
        if (!processor_runs(level)) continue;
        if (copy_run(plan, &a, x, y, n, seed, level)) failure = "no memory";
        for (ptrdiff_t i = 0; !failure && i < n; i++)
            if (!isfinite(y[i])) failure = "not finite";
        copy_run(plan, &other, x, z, n, seed + 1, level);
        copy_run(plan, &a, x, z, n, seed, level);
        if (!failure && memcmp(y, z, n * sizeof *y)) failure = "copies differ";
    }
    if (failure) fprintf(stderr, "%s: attack %d, hop %d, %td samples\n", failure, a.kind, a.hop, n);
    free(x), free(y), free(z);
    while (table_count > 0) free(tables[--table_count]);
    return failure;
}

static copy_plan *common;

static const char *next_case(void) { return one_case(common); }

int main(int count, char **arguments)
{
    common = copy_plan_new();
    const int status = run_cases(count, arguments, next_case);
    copy_plan_free(common);
    return status;
}
