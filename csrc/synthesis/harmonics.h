/* The harmonic plus noise model: multiples of the pitch below a frequency, noise above it. */
#ifndef SPOOFJAX_HARMONICS_H
#define SPOOFJAX_HARMONICS_H

#include "base/elementary.h"
#include "phases.h"
#include "pitch.h"
#include "sinusoids.h"

/* Amplitudes, frequencies and phases of one frame's harmonics, in its lane: magnitudes at multiples
 * of the pitch, interpolated between bins, with the phases of one pulse a period. */
static int place_harmonics(const V *magnitude, float f0, double cycles, float voiced_hz, int lane,
                           group_work *w)
{
    const float step = f0 / RATE, phase = (float)(cycles - floor(cycles));
    int count = (int)(voiced_hz / f0);
    if (count > MOST_SINUSOIDS) count = MOST_SINUSOIDS;
    for (int h = 1; h <= count; h++) {
        const float place = (float)h * step * FRAME;
        const int below = place < BINS - 2 ? (int)place : BINS - 2;
        const float *low = (const float *)(magnitude + below) + lane;
        const float amplitude = low[0] + (place - (float)below) * (low[LANES] - low[0]);
        const int j = (h - 1) * LANES + lane;
        ((float *)w->step)[j] = (float)h * step;
        ((float *)w->re)[j] = amplitude * (4.0f / FRAME);
        ((float *)w->im)[j] = phase * (float)h;
    }
    return count;
}

/* All lanes; unvoiced ones have none. Returns the largest number of harmonics. */
static int harmonics_of(const framing *s, const copy_buffers *b, const V *magnitude,
                        ptrdiff_t frame, float voiced_hz, group_work *w)
{
    int most = 0;
    for (int j = 0; j < MOST_SINUSOIDS; j++) w->step[j] = w->re[j] = w->im[j] = S(0.0f);
    for (int lane = 0; lane < LANES && frame + lane < s->frames; lane++) {
        const ptrdiff_t f = frame + lane;
        if (!b->is_voiced[f]) continue;
        const int count = place_harmonics(magnitude, b->f0[f], b->cycles[f], voiced_hz, lane, w);
        most = count > most ? count : most;
    }
    for (int j = 0; j < most; j++) { /* from magnitude and phase */
        const V amplitude = w->re[j];
        V re, im;
        phasor(w->im[j], &re, &im);
        w->re[j] = amplitude * re, w->im[j] = amplitude * im;
    }
    return most;
}

static void copy_harmonics(const copy_plan *p, const harmonic_options *o, const framing *s,
                           uint64_t stream, const copy_buffers *b)
{
    group_work *w = b->work;
    V *magnitude = w->plane[0];
    const int limit = (int)(o->voiced_hz * FRAME / RATE);
    track_pitch(p, s, o->pitch, b);
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        V unvoiced = S(0.0f);
        for (int lane = 0; lane < LANES && f + lane < s->frames; lane++)
            unvoiced[lane] = b->is_voiced[f + lane] ? 0.0f : 1.0f;
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        magnitudes_of(w->spectrum, magnitude);
        random_phases(stream, f, magnitude, w->spectrum);
        /* Frames of independent phases overlap four times, which halves their amplitude. */
        for (int i = 0; i < 2 * BINS; i++) w->spectrum[i] *= 2.0f;
        for (int i = 0; i < 2 * limit; i++) w->spectrum[i] *= unvoiced;
        synthesise(p, s, b->result, f, w->spectrum, w->x);
        const int count = harmonics_of(s, b, magnitude, f, o->voiced_hz, w);
        add_sinusoids(p, s, b->result, f, count, w);
    }
}

#endif
