/* Griffin and Lim's algorithm with the momentum of Perraudin, Balazs and Sondergaard: magnitudes
 * stay, phases are those of the waveform nearest to the last spectra. */
#ifndef SPOOFJAX_GRIFFIN_LIM_H
#define SPOOFJAX_GRIFFIN_LIM_H

#include "base/elementary.h"
#include "frames.h"
#include "group.h"
#include "phases.h"

/* Steps from mel bands back to spectra. */
enum { MEL_UPDATES = 9 };

/* Replace magnitudes by what their mel bands tell of them: spectra of nearly the same bands, by the
 * multiplicative updates of Lee and Seung, "Algorithms for non-negative matrix factorization", NIPS
 * 2000, for the divergence, from a flat start. `band`, `share` and `total` have BINS vectors. */
static void through_mel(const griffin_lim_options *o, V *magnitude, V *band, V *share, V *total)
{
    for (int k = 0; k < BINS; k++) total[k] = S(0.0f);
    for (int m = 0; m < o->bands; m++) {
        band[m] = S(0.0f);
        for (int i = o->starts[m], k = o->bins[m]; i < o->starts[m + 1]; i++, k++) {
            band[m] = FMA(magnitude[k], S(o->weights[i]), band[m]);
            total[k] += o->weights[i];
        }
    }
    for (int k = 0; k < BINS; k++) {
        magnitude[k] = choose(total[k] > 0.0f, S(1.0f), S(0.0f));
        total[k] = 1.0f / at_least(total[k], S(1e-12f));
    }
    for (int step = 0; step < MEL_UPDATES; step++) {
        for (int k = 0; k < BINS; k++) share[k] = S(0.0f);
        for (int m = 0; m < o->bands; m++) {
            V sum = S(1e-12f);
            for (int i = o->starts[m], k = o->bins[m]; i < o->starts[m + 1]; i++, k++)
                sum = FMA(magnitude[k], S(o->weights[i]), sum);
            const V ratio = band[m] / sum;
            for (int i = o->starts[m], k = o->bins[m]; i < o->starts[m + 1]; i++, k++)
                share[k] = FMA(ratio, S(o->weights[i]), share[k]);
        }
        for (int k = 0; k < BINS; k++) magnitude[k] *= share[k] * total[k];
    }
}

/* The next estimate of one bin; `kept` is its last value. */
INLINE void improve(V *bin, V *kept, V magnitude, V momentum)
{
    const V re = FMA(momentum, bin[0] - kept[0], bin[0]);
    const V im = FMA(momentum, bin[1] - kept[1], bin[1]);
    kept[0] = bin[0], kept[1] = bin[1];
    const V gain = magnitude * inverse_root(at_least(FMA(re, re, im * im), S(1e-24f)));
    bin[0] = re * gain, bin[1] = im * gain;
}

/* One iteration for the group of frames in x, pair by pair between the two transforms. */
static void iterate(const real_transform *t, const V *magnitude, V *kept, V momentum, V *x)
{
    enum { HALF = FRAME / 2 };
    V low[2], high[2];
    forward_stages(x, t->twiddles, HALF);
    unpack_ends(x, low, high);
    improve(low, kept, magnitude[0], momentum);
    improve(high, kept + 2 * HALF, magnitude[HALF], momentum);
    pack_ends(low, high, x);
    for (int k = 1; k < HALF / 2; k++) {
        V *a = x + 2 * t->place[k], *b = x + 2 * t->place[HALF - k];
        unpack_pair(a, b, t->turns + 2 * k, low, high);
        improve(low, kept + 2 * k, magnitude[k], momentum);
        improve(high, kept + 2 * (HALF - k), magnitude[HALF - k], momentum);
        pack_pair(low, high, t->turns + 2 * k, a, b);
    }
    V *middle = x + 2 * t->place[HALF / 2];
    unpack_pair(middle, middle, t->turns + HALF, low, high);
    improve(low, kept + HALF, magnitude[HALF / 2], momentum);
    pack_pair(low, low, t->turns + HALF, middle, middle);
    inverse_stages(x, t->twiddles, HALF);
}

static void copy_griffin_lim(const copy_plan *p, const griffin_lim_options *o, const framing *s,
                             uint64_t stream, copy_buffers *b)
{
    group_work *w = b->work;
    V *magnitude = (V *)b->magnitudes, *kept = (V *)b->kept;
    for (ptrdiff_t f = 0; f < s->padded; f += LANES, magnitude += BINS) {
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        magnitudes_of(w->spectrum, magnitude);
        if (o->bands > 0) through_mel(o, magnitude, w->plane[0], w->plane[1], w->plane[2]);
        random_phases(stream, f, magnitude, w->spectrum);
        synthesise(p, s, b->result, f, w->spectrum, w->x);
    }
    memset(kept, 0, s->padded * 2 * BINS * sizeof(float));
    for (int n = 0; n < o->iterations; n++) {
        float *from = b->result;
        b->result = b->other, b->other = from;
        crop_rows(s, from);
        clear_rows(s, b->result);
        magnitude = (V *)b->magnitudes, kept = (V *)b->kept;
        for (ptrdiff_t f = 0; f < s->padded; f += LANES, magnitude += BINS, kept += 2 * BINS) {
            load_frames(s, from, FIRST_BLOCK + f, p->analysis, FRAME, w->x);
            iterate(&p->frame, magnitude, kept, S(o->momentum), w->x);
            add_frames(p, s, b->result, f, w->x);
        }
    }
}

#endif
