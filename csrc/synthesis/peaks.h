/* The sinusoidal model: the strongest peaks of each spectrum, and nothing between them. */
#ifndef SPOOFJAX_PEAKS_H
#define SPOOFJAX_PEAKS_H

#include "base/elementary.h"
#include "sinusoids.h"

/* Rank of each bin: its weighted magnitude where it is a peak, otherwise 0. */
static void rank_peaks(const float *weights, const V *magnitude, V *rank)
{
    rank[0] = rank[BINS - 1] = S(0.0f);
    for (int k = 1; k < BINS - 1; k++) {
        const VI is_peak = (magnitude[k] > magnitude[k - 1]) & (magnitude[k] >= magnitude[k + 1]);
        rank[k] = choose(is_peak, magnitude[k] * S(weights[k]), S(0.0f));
    }
}

/* The rank of the peak number `count` in each lane, or 0 where there are fewer. The bits of
 * positive numbers are in the order of the numbers, so they are found from the highest on. */
static VI rank_number(const V *rank, int count)
{
    VI found = (VI)S(0.0f);
    for (int bit = 30; bit >= 0; bit--) {
        const VI trial = found | (1 << bit);
        VI above = (VI)S(0.0f); /* minus the number of ranks from `trial` on */
        for (int k = 1; k < BINS - 1; k++) above += (VI)rank[k] >= trial;
        found = (VI)choose(above <= -count, (V)trial, (V)found);
    }
    return found;
}

/* Frequencies and amplitudes of all bins as if each were a peak: a parabola through three
 * logarithms, because the main lobe of a Hann window is nearly one. */
static void refine_peaks(const V *spectrum, const V *magnitude, V *logs, V *step, V *amplitude)
{
    for (int k = 0; k < BINS; k++) logs[k] = logarithm(at_least(magnitude[k], S(1e-12f)));
    for (int k = 1; k < BINS - 1; k++) {
        const V slope = logs[k - 1] - logs[k + 1];
        const V curvature = at_most(logs[k - 1] - 2.0f * logs[k] + logs[k + 1], S(-1e-6f));
        const V shift = at_most(at_least(slope / (2.0f * curvature), S(-0.5f)), S(0.5f));
        /* From phases at the start of the frame to those at its centre: half a turn for odd k. */
        const float unit = (k % 2 ? -4.0f : 4.0f) / FRAME;
        const V height = power_of_two(slope * shift * -0.360673760f) * unit; /* log2(e) / 4 */
        step[k] = (shift + (float)k) * (1.0f / FRAME);
        amplitude[2 * k] = spectrum[2 * k] * height;
        amplitude[2 * k + 1] = spectrum[2 * k + 1] * height;
    }
}

/* Move the peaks of rank `least` or more to the front, lane by lane; return the largest number. */
static int gather_peaks(const V *rank, VI least, const V *step, const V *amplitude, group_work *w)
{
    int counts[LANES] = {0}, most = 0;
    for (int j = 0; j < MOST_SINUSOIDS; j++) w->step[j] = w->re[j] = w->im[j] = S(0.0f);
    for (int k = 1; k < BINS - 1; k++)
        for (unsigned bits = lane_bits((rank[k] > 0.0f) & ((VI)rank[k] >= least)); bits;
             bits &= bits - 1) {
            const int lane = __builtin_ctz(bits), j = counts[lane]++ * LANES + lane;
            ((float *)w->step)[j] = ((const float *)(step + k))[lane];
            ((float *)w->re)[j] = ((const float *)(amplitude + 2 * k))[lane];
            ((float *)w->im)[j] = ((const float *)(amplitude + 2 * k + 1))[lane];
        }
    for (int lane = 0; lane < LANES; lane++) most = counts[lane] > most ? counts[lane] : most;
    return most;
}

static void copy_peaks(const copy_plan *p, const peak_options *o, const framing *s,
                       const copy_buffers *b)
{
    group_work *w = b->work;
    V *magnitude = w->plane[0], *rank = w->plane[1], *logs = w->plane[2], *step = w->plane[3];
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        magnitudes_of(w->spectrum, magnitude);
        rank_peaks(o->weights, magnitude, rank);
        const VI least = rank_number(rank, o->peaks);
        refine_peaks(w->spectrum, magnitude, logs, step, w->source);
        const int count = gather_peaks(rank, least, step, w->source, w);
        add_sinusoids(p, s, b->result, f, count, w);
    }
}

#endif
