/* Voice conversion: an envelope stretched along frequency, and a pitch shifted bin by bin as in
 * Laroche and Dolson, "New phase-vocoder techniques for pitch-shifting, harmonizing and other
 * exotic effects", WASPAA 1999. */
#ifndef SPOOFJAX_WARP_H
#define SPOOFJAX_WARP_H

#include "base/elementary.h"
#include "frames.h"
#include "group.h"
#include "vocoders.h"

/* The last frame's phases, and those of the copy, in turns. */
typedef struct {
    float parent[BINS], copy[BINS];
    float advance[BINS]; /* of the copy in a hop, if the parent's bin holds its centre frequency */
} phase_track;

static void begin_track(const warp_options *o, int hop, phase_track *t)
{
    for (int k = 0; k < BINS; k++) {
        const double turns = (double)o->sources[k] * hop / FRAME * o->pitch;
        t->parent[k] = t->copy[k] = 0.0f;
        t->advance[k] = (float)(turns - floor(turns));
    }
}

/* change[k] = what the phase of bin k advances from frame to frame beyond that of its centre
 * frequency, -0.5 to 0.5 turns. */
static void phase_changes(const V *spectrum, int hop, phase_track *t, V *change)
{
    for (int k = 0; k < BINS; k++) {
        const V phase = angle(spectrum[2 * k], spectrum[2 * k + 1]);
        float before[LANES + 1];
        before[0] = t->parent[k];
        store(before + 1, phase);
        t->parent[k] = before[LANES];
        const V expected = S((float)(k * hop % FRAME) / FRAME);
        change[k] = phase - load(before) - expected;
        change[k] -= rounded(change[k]);
    }
}

/* The phases of a bin of the copy, where `change` is that of its source. */
static V accumulate(const warp_options *o, int k, phase_track *t, V change)
{
    const V steps = change * o->pitch + t->advance[k];
    float turns[LANES], total = t->copy[k];
    for (int lane = 0; lane < LANES; lane++) turns[lane] = total += steps[lane];
    t->copy[k] = total - floorf(total);
    return load(turns);
}

/* source = the spectra whose sinusoids have `pitch` times their frequencies. */
static void shift_pitch(const warp_options *o, int hop, phase_track *t, group_work *w)
{
    V *change = w->plane[0], *magnitude = w->plane[1];
    magnitudes_of(w->spectrum, magnitude);
    phase_changes(w->spectrum, hop, t, change);
    for (int k = 0; k < BINS; k++) {
        V re, im;
        phasor(accumulate(o, k, t, change[o->sources[k]]), &re, &im);
        w->source[2 * k] = magnitude[o->sources[k]] * re;
        w->source[2 * k + 1] = magnitude[o->sources[k]] * im;
    }
}

/* Multiply a spectrum by the gains whose base-2 logarithms are a series of cepstra. */
static void apply_series(const float *series, const V *cepstra, int order, V *spectrum, V *logs)
{
    multiply(logs, cepstra, series, order + 1, BINS);
    for (int k = 0; k < BINS; k++) {
        const V gain = gain_of(logs[k]);
        spectrum[2 * k] *= gain, spectrum[2 * k + 1] *= gain;
    }
}

static void copy_warp(const copy_plan *p, const warp_options *o, const framing *s,
                      const copy_buffers *b)
{
    group_work *w = b->work;
    V cepstra[MOST_ORDER + 1];
    phase_track track;
    begin_track(o, s->hop, &track);
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        V *spectrum = w->spectrum;
        analyse(p, s, b->rows, f, w->x, spectrum);
        log_magnitudes(spectrum, w->plane[0]);
        multiply(cepstra, w->plane[0], o->analyse, BINS, o->order + 1);
        if (o->pitch != 1.0f) {
            apply_series(o->before, cepstra, o->order, spectrum, w->plane[1]);
            shift_pitch(o, s->hop, &track, w);
            spectrum = w->source;
        }
        apply_series(o->after, cepstra, o->order, spectrum, w->plane[1]);
        synthesise(p, s, b->result, f, spectrum, w->x);
    }
}

#endif
