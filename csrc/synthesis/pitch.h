/* The fundamental frequency of each frame, by its normalised autocorrelation: Boersma, "Accurate
 * short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
 * sound", Proceedings of the Institute of Phonetic Sciences 17, Amsterdam, 1993. In the place of
 * its path search, each value becomes the median of five frames. */
#ifndef SPOOFJAX_PITCH_H
#define SPOOFJAX_PITCH_H

#include "base/lanes.h"
#include "frames.h"
#include "group.h"

static const float RATE = 16000.0f;
enum { LAG_STEP = 4, SHORTEST = 10, LONGEST = 66 }; /* lags of 400 and 60 Hz */
static const float LEAST_PERIODICITY = 0.45f;       /* less is unvoiced */
static const float LEAST_LEVEL = 0.03f; /* so is a smaller share of the loudest frame's RMS */
/* What an octave costs a period, so that two periods are not taken for one. */
static const float OCTAVE_COST = 0.05f;

/* The best period of each lane, from autocorrelations at the lags 0, 4, 8 ... A parabola through
 * three values gives place and height of a maximum, because a period is rarely a whole number of
 * samples. The height is -1 where there is no maximum. */
static void best_period(const V *correlation, V *period, V *height)
{
    const V scale = 1.0f / at_least(correlation[0], S(1e-12f));
    V best = S(-1e9f);
    *period = S(SHORTEST), *height = S(-1.0f);
    for (int lag = SHORTEST; lag <= LONGEST; lag++) {
        const V before = correlation[lag - 1] * scale, middle = correlation[lag] * scale;
        const V after = correlation[lag + 1] * scale;
        const V curvature = at_most(before - 2.0f * middle + after, S(-1e-6f));
        const V slope = before - after, shift = slope / (2.0f * curvature);
        const V place = (float)lag + at_most(at_least(shift, S(-0.5f)), S(0.5f));
        const V top = middle - slope * shift * 0.25f;
        const V value = top - logarithm(place) * (OCTAVE_COST * 1.442695041f);
        const VI is_best = (middle >= before) & (middle >= after) & (value > best);
        best = choose(is_best, value, best);
        *period = choose(is_best, place, *period);
        *height = choose(is_best, top, *height);
    }
}

/* The power of bins 4 .. 64 of frames that have been transformed. */
static void low_powers(const real_transform *t, const V *x, V *power)
{
    const int half = t->size / 2;
    for (int i = 0; i < PITCH_BINS; i++) {
        const int k = FIRST_PITCH_BIN + i;
        V low[2], high[2];
        unpack_pair(x + 2 * t->place[k], x + 2 * t->place[half - k], t->turns + 2 * k, low, high);
        power[i] = FMA(low[0], low[0], low[1] * low[1]);
    }
}

/* The median of five values, of which those beyond the clip are 0. */
static float median_near(const float *values, ptrdiff_t count, ptrdiff_t centre)
{
    float v[5];
    for (int i = 0; i < 5; i++) {
        const ptrdiff_t at = centre - 2 + i;
        const float x = at >= 0 && at < count ? values[at] : 0.0f;
        int j = i;
        for (; j > 0 && v[j - 1] > x; j--) v[j] = v[j - 1];
        v[j] = x;
    }
    return v[2];
}

/* Interpolate f0 where it is 0; 100 Hz where nothing is voiced. */
static void fill_unvoiced(const framing *s, float *f0, int32_t *is_voiced)
{
    ptrdiff_t last = -1; /* the last voiced frame */
    for (ptrdiff_t f = 0; f <= s->frames; f++) {
        if (f < s->frames && !(is_voiced[f] = f0[f] > 0.0f)) continue;
        for (ptrdiff_t i = last + 1; i < f; i++) {
            const float share = (float)(i - last) / (float)(f - last);
            if (last < 0) f0[i] = f < s->frames ? f0[f] : 100.0f;
            else f0[i] = f < s->frames ? f0[last] + share * (f0[f] - f0[last]) : f0[last];
        }
        last = f;
    }
}

/* Fill f0, is_voiced and cycles, the number of periods before the centre of each frame. */
static void track_pitch(const copy_plan *p, const framing *s, const float *matrix,
                        const copy_buffers *b)
{
    group_work *w = b->work;
    const ptrdiff_t first = FIRST_BLOCK - (PITCH_TRANSFORM - FRAME) / 2 / s->hop;
    float loudest = 0.0f;
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        V period, height;
        load_frames(s, b->rows, first + f, p->pitch_window, PITCH_TRANSFORM, w->x);
        forward_stages(w->x, p->pitch.twiddles, PITCH_TRANSFORM / 2);
        low_powers(&p->pitch, w->x, w->plane[0]);
        multiply(w->plane[1], w->plane[0], matrix, PITCH_BINS, LAGS);
        best_period(w->plane[1], &period, &height);
        store(b->f0 + f, RATE / LAG_STEP / period);
        store(b->height + f, height);
        store(b->level + f, SQRT(w->plane[1][0]));
    }
    for (ptrdiff_t f = 0; f < s->frames; f++)
        loudest = b->level[f] > loudest ? b->level[f] : loudest;
    for (ptrdiff_t f = 0; f < s->frames; f++) {
        const int is_periodic = b->height[f] > LEAST_PERIODICITY;
        b->height[f] = is_periodic && b->level[f] > LEAST_LEVEL * loudest ? b->f0[f] : 0.0f;
    }
    for (ptrdiff_t f = 0; f < s->frames; f++) b->f0[f] = median_near(b->height, s->frames, f);
    fill_unvoiced(s, b->f0, b->is_voiced);
    b->cycles[0] = 0.0;
    for (ptrdiff_t f = 1; f < s->frames; f++)
        b->cycles[f] =
            b->cycles[f - 1] + ((double)b->f0[f - 1] + b->f0[f]) * (s->hop / (2.0 * RATE));
}

#endif
