/* Random equalisation, coloured noise and low-pass of one clip.
 *
 * Its uniform values come from the draw's PARAMETERS stream: 0 equalise?, 1 noise?, 2 low-pass?, 3
 * signal-to-noise ratio, 4 slope, 5 narrow?, 6 cut-off; from 8 on two for each knot. */
#ifndef SPOOFJAX_CHANNEL_H
#define SPOOFJAX_CHANNEL_H

#include "base/elementary.h"
#include "base/lanes.h"
#include "base/random.h"
#include "clip.h"
#include "design.h"
#include "filter.h"
#include "noise.h"
#include "samples.h"

#include <math.h>
#include <string.h>

/* Coloured noise is white below this frequency, because infrasound would take all its power. */
#define NOISE_FLOOR_HZ 100.0
static const float LOG2_TEN = 3.321928095f;

/* log2 of the gain at bins 0 .. size/2: a curve through normal knots, flat at each. */
static void draw_equaliser(const filter_plan *p, const channel_options *o, uint64_t stream,
                           float *curve)
{
    const int bins = p->size / 2;
    float left = 0.0f, right = 0.0f;
    int knot = -1; /* the first one that is not left of the current bin */
    for (int k = 0; k <= bins; k++) {
        const float place = (float)k * (float)(o->knots - 1) / (float)bins;
        while (knot < 0 || ((float)knot < place && knot < o->knots - 1)) {
            knot++;
            const uint64_t first = 8 + 2 * (uint64_t)knot;
            const double u = random_uniform(stream, first), v = random_uniform(stream, first + 1);
            left = right;
            const double radius = o->gain / 20 * sqrt(-2 * log1p(-u));
            right = (float)(radius * cos(2 * 3.14159265358979323846 * v));
        }
        const float t = place - (float)(knot - 1);
        const float weight = t * t * (3.0f - 2.0f * t);
        curve[k] = LOG2_TEN * (left + (right - left) * weight);
    }
}

/* log2 of f^slope up to a constant, at bins 0 .. size/2. */
static void colour(const filter_plan *p, double slope, double rate, float *curve)
{
    const float floor = (float)log2(NOISE_FLOOR_HZ * p->size / rate);
    for (int k = 0; k <= p->size / 2; k++) {
        const float octave = k > 0 && p->log2_bin[k] > floor ? p->log2_bin[k] : floor;
        curve[k] = (float)slope * (octave - p->log2_bin[p->size / 16]);
    }
}

/* Put the gains 2^curve into the real part of a lane of x, in the transform's order. */
static void place_gains(const filter_plan *p, V *x, int lane, float *curve)
{
    float *column = (float *)x + lane;
    int k = 0;
    for (; k + LANES <= p->size / 2; k += LANES) store(curve + k, power_of_two(load(curve + k)));
    curve[k] = exp2f(curve[k]);
    for (int i = 0; i < p->size; i++) {
        const int bin = p->bin[i];
        column[2 * LANES * i] = curve[bin <= p->size / 2 ? bin : p->size - bin];
    }
}

/* Limit the impulse responses in x to +-half by a Hann window. */
static void window_taps(const filter_plan *p, V *x)
{
    for (int n = 0; n < p->size; n++) {
        const int distance = n <= p->size / 2 ? n : p->size - n;
        const V weight = S(distance <= p->half ? p->hann[distance] : 0.0f);
        x[2 * n] *= weight, x[2 * n + 1] *= weight;
    }
}

void BUILD(channel_clip)(const filter_plan *p, const channel_options *o, const clip *c,
                         const clip_buffers *b)
{
    const uint64_t stream = random_value(c->seed, PARAMETERS);
    double u[8];
    for (int k = 0; k < 7; k++) u[k] = random_uniform(stream, (uint64_t)k);
    const double cutoff = between(u[5] < o->narrow ? o->narrow_hz : o->wide_hz, u[6]) / c->rate;
    const int equalise = u[0] < o->equalise, noise = u[1] < o->noise;
    const int low_pass = u[2] < o->low_pass && cutoff < 0.5;
    const ptrdiff_t n = c->length;
    float *x = b->padded + p->half, *curve = b->notches;
    V *work = b->work;
    enum { EQUALISER, COLOUR, LOW_PASS, FILTERS };
    float *responses[FILTERS];
    for (int f = 0; f < FILTERS; f++) responses[f] = b->responses + (ptrdiff_t)f * p->size;

    if (equalise || noise || low_pass) {
        memset(work, 0, 2 * p->size * sizeof *work);
        if (equalise) {
            draw_equaliser(p, o, stream, curve);
            place_gains(p, work, EQUALISER, curve);
        }
        if (noise) {
            colour(p, between(o->slope, u[4]), c->rate, curve);
            place_gains(p, work, COLOUR, curve);
        }
        if (equalise || noise) {
            inverse(p, work);
            for (int k = 0; k < 2 * p->size; k++) work[k] *= 1.0f / (float)p->size;
            window_taps(p, work);
        }
        if (low_pass) {
            design_low_pass(cutoff, p->half, curve);
            place_taps(p, work, LOW_PASS, 0, curve, p->half);
        }
        forward(p, work);
        take_responses(p, work, b->responses, FILTERS);
        scale(b->responses, (ptrdiff_t)FILTERS * p->size, 1.0f / (float)p->size);
    }
    if (equalise) {
        filter_clip(p, b->result, b->padded, n, responses[EQUALISER], 1, p->half, work);
        memcpy(x, b->result, n * sizeof *x);
    }
    memcpy(c->out, x, n * sizeof *x);
    if (noise) {
        noise_into(p, b, random_value(c->seed, NOISE), n);
        filter_clip(p, b->result, b->padded, n, responses[COLOUR], 1, p->half, work);
        add_at(c->out, b->result, n, between(o->snr, u[3]));
    }
    if (low_pass) {
        memcpy(x, c->out, n * sizeof *x);
        filter_clip(p, b->result, b->padded, n, responses[LOW_PASS], 1, p->half, work);
        memcpy(c->out, b->result, n * sizeof *x);
    }
}

#endif
