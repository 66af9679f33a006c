/* Levels of a clip and simple changes of its samples. */
#ifndef SPOOFJAX_SAMPLES_H
#define SPOOFJAX_SAMPLES_H

#include "base/energy.h"
#include "base/lanes.h"

static double mean(const float *x, ptrdiff_t n)
{
    double total = 0.0;
    ptrdiff_t t = 0;
    while (t + LANES <= n) {
        const ptrdiff_t stop = n - t < 4096 ? n - LANES : t + 4096 - LANES;
        V sum = S(0.0f);
        for (; t <= stop; t += LANES) sum += load(x + t);
        for (int lane = 0; lane < LANES; lane++) total += sum[lane];
    }
    for (; t < n; t++) total += x[t];
    return n ? total / (double)n : 0.0;
}

/* The largest distance from `centre`; NaN is ignored. */
static float peak(const float *x, ptrdiff_t n, float centre)
{
    V most = S(0.0f);
    float result = 0.0f;
    ptrdiff_t t = 0;
    for (; t + LANES <= n; t += LANES) {
        const V y = (V)((VI)(load(x + t) - S(centre)) & 0x7fffffff);
        most = choose(y > most, y, most);
    }
    for (int lane = 0; lane < LANES; lane++) result = most[lane] > result ? most[lane] : result;
    for (; t < n; t++) result = fabsf(x[t] - centre) > result ? fabsf(x[t] - centre) : result;
    return result;
}

static void scale(float *x, ptrdiff_t n, float gain)
{
    for (ptrdiff_t t = 0; t < n; t++) x[t] *= gain;
}

static void add_scaled(float *restrict x, const float *restrict y, ptrdiff_t n, float gain)
{
    for (ptrdiff_t t = 0; t < n; t++) x[t] += gain * y[t];
}

/* to = x - centre, scaled to a peak of 1 where the peak is higher. `to` may be x. */
static void limit(float *to, const float *x, ptrdiff_t n, float centre)
{
    const float most = peak(x, n, centre), gain = most > 1.0f ? 1.0f / most : 1.0f;
    for (ptrdiff_t t = 0; t < n; t++) to[t] = (x[t] - centre) * gain;
}

/* Add noise, scaled to `snr` dB below the samples. */
static void add_at(float *restrict x, const float *restrict noise, ptrdiff_t n, double snr)
{
    const double power = energy(noise, n);
    if (power > 0.0)
        add_scaled(x, noise, n, (float)(pow(10.0, -snr / 20) * sqrt(energy(x, n) / power)));
}

#endif
