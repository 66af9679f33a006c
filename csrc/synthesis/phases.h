/* Random phases: uniform angles, a function of the stream, the frame and the bin. */
#ifndef SPOOFJAX_PHASES_H
#define SPOOFJAX_PHASES_H

#include "base/normals.h"
#include "frames.h"
#include "group.h"

/* Two bins share a word of the stream. */
enum { WORDS = (BINS + 1) / 2 };

/* Random numbers of a group of frames, one pair of bins after the other. */
typedef struct {
    W low, high;
} phase_stream;

static phase_stream phase_stream_of(uint64_t stream, ptrdiff_t frame)
{
    phase_stream r = {0};
    for (int i = 0; i < LANES / 2; i++) {
        r.low[i] = stream + ((uint64_t)(frame + i) * WORDS + 1) * RANDOM_GAMMA;
        r.high[i] = stream + ((uint64_t)(frame + i + LANES / 2) * WORDS + 1) * RANDOM_GAMMA;
    }
    return r;
}

/* Angles of an even and of the next odd bin in units of 2^-24 turns. */
INLINE void next_phases(phase_stream *r, VI *even, VI *odd)
{
    const W a = mixed(r->low), b = mixed(r->high);
    *even = EVENS(a >> 40, b >> 40);
    *odd = EVENS(a >> 16, b >> 16) & 0xffffff;
    r->low += RANDOM_GAMMA, r->high += RANDOM_GAMMA;
}

/* spectrum = magnitude with uniform phases. */
static void random_phases(uint64_t stream, ptrdiff_t frame, const V *magnitude, V *spectrum)
{
    phase_stream r = phase_stream_of(stream, frame);
    for (int k = 0; k < BINS; k += 2) {
        VI number[2];
        next_phases(&r, &number[0], &number[1]);
        for (int i = k; i < k + 2 && i < BINS; i++) {
            V re, im;
            turn(number[i - k], &re, &im);
            spectrum[2 * i] = magnitude[i] * re, spectrum[2 * i + 1] = magnitude[i] * im;
        }
    }
}

/* Turn the phases of the parent by random angles up to `amount` turns. */
static void copy_phases(const copy_plan *p, const phase_options *o, const framing *s,
                        uint64_t stream, const copy_buffers *b)
{
    group_work *w = b->work;
    const V unit = S(o->amount * 0x1p-23f);
    for (ptrdiff_t f = 0; f < s->padded; f += LANES) {
        analyse(p, s, b->rows, f, w->x, w->spectrum);
        phase_stream r = phase_stream_of(stream, f);
        for (int k = 0; k < BINS; k += 2) {
            VI number[2];
            next_phases(&r, &number[0], &number[1]);
            for (int i = k; i < k + 2 && i < BINS; i++) {
                V re, im;
                phasor(__builtin_convertvector(number[i - k] - (1 << 23), V) * unit, &re, &im);
                if (i >= o->first_bin) rotate(w->spectrum + 2 * i, re, im);
            }
        }
        synthesise(p, s, b->result, f, w->spectrum, w->x);
    }
}

#endif
