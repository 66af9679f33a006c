/* Vocoders: an envelope of the parent, driven by a new excitation. */
#ifndef SPOOFJAX_VOCODERS_H
#define SPOOFJAX_VOCODERS_H

#include "base/elementary.h"
#include "excitation.h"
#include "frames.h"
#include "group.h"
#include "pitch.h"

/* The least magnitude of which a logarithm is taken: 100 dB below a sinusoid of the clip's level,
 * whose peak is sqrt(2) FRAME / 4. */
static const float LEAST_POWER = 3.2768e-6f;
/* The filters hold the mean logarithm of frames, so that of the frames of the source becomes 0: the
 * power of a Hann-windowed frame, 3/8 of its length, and Euler's constant for normal spectra. */
static const float SOURCE_GAIN = 9.6314167e-2f;

/* Natural logarithms of the magnitudes. */
static void log_magnitudes(const V *spectrum, V *logs)
{
    powers(spectrum, logs);
    for (int k = 0; k < BINS; k++) logs[k] = 0.5f * logarithm(at_least(logs[k], S(LEAST_POWER)));
}

/* 2^x for any x, from 2^-120 to 2^120. */
INLINE V gain_of(V x) { return power_of_two(at_most(at_least(x, S(-120.0f)), S(120.0f))); }

/* Levinson's recursion: the predictor of `order` taps beside a[0] = 1 from its autocorrelations, as
 * in Makhoul, "Linear prediction: a tutorial review", Proceedings of the IEEE 63(4), 1975. Returns
 * the power of the error. */
static V predict(const V *correlation, int order, V *a)
{
    /* A little white noise, 50 dB below the frame, keeps steep spectra within float32's reach. */
    V error = FMA(correlation[0], S(1.00001f), S(1e-9f));
    a[0] = S(1.0f);
    for (int step = 1; step <= order; step++) {
        V total = correlation[step];
        for (int j = 1; j < step; j++) total = FMA(a[j], correlation[step - j], total);
        /* Below 1 in size, also where rounding says otherwise, so that the filter is stable. */
        const V reflection = at_most(at_least(-total / error, S(-0.99999f)), S(0.99999f));
        a[step] = reflection;
        for (int i = 1, j = step - 1; i <= j; i++, j--) {
            const V low = a[i], high = a[j];
            a[i] = FMA(reflection, high, low), a[j] = FMA(reflection, low, high);
        }
        error = at_least(error * FNMA(reflection, reflection, S(1.0f)), S(1e-12f));
    }
    return error;
}

/* Multiply the source by gain / A, the all-pole filter of the parent's spectrum. Spectra are
 * pre-emphasised first, so that weak high frequencies count, and the filter undoes that. */
static void filter_all_pole(const prediction_options *o, group_work *w)
{
    V correlation[MOST_ORDER + 1], a[MOST_ORDER + 1];
    V *re = w->plane[1], *im = w->plane[2];
    powers(w->spectrum, w->plane[0]);
    multiply(correlation, w->plane[0], o->correlate, BINS, o->order + 1);
    const V gain = SQRT(predict(correlation, o->order, a) * (1.0f / FRAME));
    multiply(re, a, o->cosines, o->order + 1, BINS);
    multiply(im, a, o->sines, o->order + 1, BINS);
    for (int k = 0; k < BINS; k++) {
        V filter[2] = {re[k], im[k]};
        rotate(filter, S(o->emphasis[k]), S(o->emphasis[BINS + k]));
        const V power = FMA(filter[0], filter[0], filter[1] * filter[1]);
        const V scale = gain / at_least(power, S(1e-20f));
        rotate(w->source + 2 * k, filter[0] * scale, -filter[1] * scale);
    }
}

static void copy_prediction(const copy_plan *p, const prediction_options *o, const framing *s,
                            uint64_t stream, const copy_buffers *b)
{
    group_work *w = b->work;
    track_pitch(p, s, o->pitch, b);
    excite(s, b, stream, b->other);
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        analyse(p, s, b->other, f, w->x, w->source);
        filter_all_pole(o, w);
        synthesise(p, s, b->result, f, w->source, w->x);
    }
}

/* Multiply the source by the filter of minimum phase whose envelope is a series of mel cepstra. */
static void filter_cepstral(const cepstral_options *o, group_work *w)
{
    V cepstra[MOST_ORDER + 1];
    V *logs = w->plane[1], *turns = w->plane[2];
    log_magnitudes(w->spectrum, w->plane[0]);
    multiply(cepstra, w->plane[0], o->analyse, BINS, o->order + 1);
    multiply(logs, cepstra, o->logs, o->order + 1, BINS);
    multiply(turns, cepstra, o->phases, o->order + 1, BINS);
    for (int k = 0; k < BINS; k++) {
        const V gain = gain_of(logs[k]) * SOURCE_GAIN;
        V re, im;
        phasor(turns[k], &re, &im);
        rotate(w->source + 2 * k, gain * re, gain * im);
    }
}

static void copy_cepstral(const copy_plan *p, const cepstral_options *o, const framing *s,
                          uint64_t stream, const copy_buffers *b)
{
    group_work *w = b->work;
    track_pitch(p, s, o->pitch, b);
    excite(s, b, stream, b->other);
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        analyse(p, s, b->other, f, w->x, w->source);
        filter_cepstral(o, w);
        /* The residual is the parent through the inverse filter: filtered again, the parent. */
        memcpy(w->source, w->spectrum, 2 * o->first_bin * sizeof(V));
        synthesise(p, s, b->result, f, w->source, w->x);
    }
}

#endif
