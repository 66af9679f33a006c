/* RawBoost of one clip.
 *
 * Its uniform values come from the draw's PARAMETERS stream in this order: for each filter (of the
 * powers, then of the stationary noise) the centre, width and taps of each notch, then the gain;
 * after all filters the share of impulses and the signal-to-noise ratio. */
#ifndef SPOOFJAX_RAWBOOST_H
#define SPOOFJAX_RAWBOOST_H

#include "base/lanes.h"
#include "base/random.h"
#include "clip.h"
#include "design.h"
#include "filter.h"
#include "impulses.h"
#include "noise.h"
#include "samples.h"

#include <math.h>
#include <string.h>

enum { CONVOLUTIVE = 1, IMPULSIVE = 2, STATIONARY = 4 };

/* The noises of an algorithm, a bit for each. */
static int rawboost_stages(int algorithm)
{
    static const int stages[] = {0, 1, 2, 4, 7, 3, 5, 6, 3};
    return stages[algorithm];
}

/* Draw the taps of notch `band` of filter `filter`; return how many there are on each side. */
static int draw_notch(const rawboost_options *o, uint64_t stream, double rate, int filter, int band,
                      float *taps)
{
    const uint64_t first = (uint64_t)(filter * (3 * o->bands + 1) + 3 * band);
    const double centre = between(o->centre, random_uniform(stream, first));
    const double width = between(o->width, random_uniform(stream, first + 1));
    const int half = (int)between(o->taps, random_uniform(stream, first + 2)) / 2;
    const double edge = 1e-3; /* Hz: how near the published code comes to the ends of the band */
    double low = centre - width / 2, high = centre + width / 2;
    low = low < edge ? edge : low > rate / 2 - edge ? rate / 2 - edge : low;
    high = high > rate / 2 - edge ? rate / 2 - edge : high < low ? low : high;
    design_band_stop(low / rate, high / rate, half < 1 ? 1 : half, taps);
    return half < 1 ? 1 : half;
}

/* Multiply the responses of a filter's notches, a drawn gain and 1 / size. */
static void join_notches(const filter_plan *p, const rawboost_options *o, uint64_t stream,
                         int filter, const float *notches, float *response)
{
    for (int k = 0; k < p->size; k += LANES) {
        V product = load(notches + k);
        for (int band = 1; band < o->bands; band++)
            product *= load(notches + (ptrdiff_t)band * p->size + k);
        store(response + k, product);
    }
    /* The published code takes the peak over 512 frequencies below half the rate. */
    const float at_nyquist = response[p->nyquist];
    response[p->nyquist] = 0.0f;
    const float most = peak(response, p->size, 0.0f);
    response[p->nyquist] = at_nyquist;
    const range gain = filter == 0 || filter == o->orders ? o->gain : o->higher_gain;
    const double u = random_uniform(stream, (uint64_t)(filter * (3 * o->bands + 1) + 3 * o->bands));
    const double unit = most > 0.0f ? 1.0 / most : 0.0; /* 0 where the notches leave nothing */
    scale(response, p->size, (float)(unit * pow(10.0, between(gain, u) / 20) / p->size));
}

/* Draw filters first .. last - 1 into responses[0 ..]; return how far the longest one reaches. */
static int rawboost_filters(const filter_plan *p, const rawboost_options *o, uint64_t stream,
                            double rate, int first, int last, float *responses, float *notches,
                            V *work)
{
    float *taps = responses; /* free until the notches are joined */
    const int count = (last - first) * o->bands;
    int reach = 0, longest = 0;
    for (int n = 0; n < count; n += 2 * LANES) {
        const int at_once = count - n < 2 * LANES ? count - n : 2 * LANES;
        memset(work, 0, 2 * p->size * sizeof *work);
        for (int i = 0; i < at_once; i++) {
            const int filter = first + (n + i) / o->bands, band = (n + i) % o->bands;
            const int half = draw_notch(o, stream, rate, filter, band, taps);
            reach = band == 0 ? half : reach + half; /* of a cascade: the sum */
            longest = reach > longest ? reach : longest;
            place_taps(p, work, i % LANES, i / LANES, taps, half);
        }
        forward(p, work);
        take_responses(p, work, notches + (ptrdiff_t)n * p->size, at_once);
    }
    for (int f = first; f < last; f++)
        join_notches(p, o, stream, f, notches + (ptrdiff_t)(f - first) * o->bands * p->size,
                     responses + (ptrdiff_t)(f - first) * p->size);
    return longest;
}

void BUILD(rawboost_clip)(const filter_plan *p, const rawboost_options *o, const clip *c,
                          const clip_buffers *b)
{
    const uint64_t stream = random_value(c->seed, PARAMETERS);
    const int stages = rawboost_stages(o->algorithm), parallel = o->algorithm == 8;
    const uint64_t last = (uint64_t)((o->orders + 1) * (3 * o->bands + 1));
    const ptrdiff_t n = c->length;
    float *x = b->padded + p->half;
    V *work = b->work;

    if (stages & CONVOLUTIVE) {
        const int half =
            rawboost_filters(p, o, stream, c->rate, 0, o->orders, b->responses, b->notches, work);
        filter_clip(p, b->result, b->padded, n, b->responses, o->orders, half, work);
        float *to = parallel ? b->result : stages & IMPULSIVE ? x : c->out;
        limit(to, b->result, n, (float)mean(b->result, n));
    }
    if (stages & IMPULSIVE) {
        const double share = o->impulses / 100 * random_uniform(stream, last);
        add_impulses(x, n, (ptrdiff_t)((double)n * share), (float)o->impulse_gain,
                     random_value(c->seed, POSITIONS), random_value(c->seed, AMPLITUDES), b->marks);
        limit(parallel ? x : c->out, x, n, 0.0f);
    }
    if (parallel) {
        add_scaled(x, b->result, n, 1.0f);
        limit(c->out, x, n, 0.0f);
    }
    if (!(stages & (CONVOLUTIVE | IMPULSIVE))) memcpy(c->out, x, n * sizeof *x);
    if (stages & STATIONARY) {
        const int half = rawboost_filters(p, o, stream, c->rate, o->orders, o->orders + 1,
                                          b->responses, b->notches, work);
        noise_into(p, b, random_value(c->seed, NOISE), n);
        filter_clip(p, b->result, b->padded, n, b->responses, 1, half, work);
        add_at(c->out, b->result, n, between(o->snr, random_uniform(stream, last + 1)));
    }
}

#endif
