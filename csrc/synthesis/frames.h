/* Short-time spectra of a clip and back, LANES frames at a time: a vector lane is a frame. */
#ifndef SPOOFJAX_FRAMES_H
#define SPOOFJAX_FRAMES_H

#include "base/lanes.h"
#include "base/transform.h"
#include "plan.h"

#include <string.h>

/* Fill `rows` from s->stride * s->hop samples. */
static void rows_of(const framing *s, const float *samples, float *rows)
{
    for (ptrdiff_t block = 0; block < s->stride; block += LANES)
        for (int i = 0; i < s->hop; i += LANES) {
            V r[LANES];
            for (int lane = 0; lane < LANES; lane++)
                r[lane] = load(samples + (block + lane) * s->hop + i);
            transpose(r);
            for (int j = 0; j < LANES; j++) store(rows + (i + j) * s->stride + block, r[j]);
        }
}

static void samples_of(const framing *s, const float *rows, float *samples)
{
    for (ptrdiff_t block = 0; block < s->stride; block += LANES)
        for (int i = 0; i < s->hop; i += LANES) {
            V r[LANES];
            for (int j = 0; j < LANES; j++) r[j] = load(rows + (i + j) * s->stride + block);
            transpose(r);
            for (int lane = 0; lane < LANES; lane++)
                store(samples + (block + lane) * s->hop + i, r[lane]);
        }
}

static void clear_rows(const framing *s, float *rows)
{
    memset(rows, 0, s->hop * s->stride * sizeof *rows);
}

/* Set what lies before and after the clip to zero. */
static void crop_rows(const framing *s, float *rows)
{
    const ptrdiff_t before = s->lead / s->hop, end = (s->lead + s->length) / s->hop;
    const int inside = (int)((s->lead + s->length) % s->hop);
    for (int i = 0; i < s->hop; i++) {
        float *row = rows + i * s->stride;
        const ptrdiff_t after = end + (i < inside);
        memset(row, 0, before * sizeof *row);
        memset(row + after, 0, (s->stride - after) * sizeof *row);
    }
}

/* x[n] = sample n of the frames that begin at `block` .., times the window, for n < parts hop. */
INLINE void load_parts(const framing *s, const float *rows, ptrdiff_t block, const float *window,
                       int parts, V *x)
{
    const int hop = s->hop;
    rows += block;
    for (int i = 0; i < hop; i++, rows += s->stride)
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++) x[i + p * hop] = load(rows + p) * S(window[i + p * hop]);
}

static void load_frames(const framing *s, const float *rows, ptrdiff_t block, const float *window,
                        int size, V *x)
{
    if (size == 4 * s->hop) load_parts(s, rows, block, window, 4, x);
    else load_parts(s, rows, block, window, size / s->hop, x);
}

/* Set the lanes of x that lie beyond the last frame of the clip to zero. */
static void drop_spare_lanes(const framing *s, ptrdiff_t frame, V *x, int size)
{
    if (frame + LANES <= s->frames) return;
    V mask = S(0.0f);
    for (int lane = 0; lane < LANES; lane++) mask[lane] = frame + lane < s->frames ? 1.0f : 0.0f;
    for (int n = 0; n < size; n++) x[n] *= mask;
}

/* Add to *now and *next, successive blocks, y, samples of blocks that lie `late` blocks later. */
INLINE void add_late(V *now, V *next, V y, int late)
{
    const V none = S(0.0f);
    if (late == 0) *now += y;
    if (late == 1) *now += JOINED(none, y, 1), *next += JOINED(y, none, 1);
    if (late == 2) *now += JOINED(none, y, 2), *next += JOINED(y, none, 2);
    if (late == 3) *now += JOINED(none, y, 3), *next += JOINED(y, none, 3);
}

/* Add x[n] times the window to `parts` blocks of the frames `frame` .., from their block `late`
 * on. */
INLINE void add_parts(const framing *s, float *rows, ptrdiff_t frame, int parts, int late,
                      const float *window, V *x)
{
    const int hop = s->hop;
    drop_spare_lanes(s, frame, x, parts * hop);
    rows += FIRST_BLOCK + frame;
    for (int i = 0; i < hop; i++, rows += s->stride) {
        V *row = (V *)rows, now = S(0.0f), next = S(0.0f);
#pragma GCC unroll 4
        for (int p = 0; p < parts; p++)
            add_late(&now, &next, x[i + p * hop] * S(window[i + p * hop]), late + p);
        row[0] += now, row[1] += next;
    }
}

/* Bins k and size/2 - k of a real transform from the bins a and b of the complex one, all (re, im):
 * with E = (a + b*) / 2 and O = (a - b*) / 2i, they are E + w O and (E - w O)* with w = e^-i2pi
 * k/size. The factors of 1/2 are in the window. */
INLINE void unpack_pair(const V *a, const V *b, const float *turn, V *low, V *high)
{
    const V e_re = a[0] + b[0], e_im = a[1] - b[1], o_re = a[1] + b[1], o_im = b[0] - a[0];
    const V c = S(turn[0]), d = S(turn[1]);
    const V w_re = FMA(o_re, c, o_im * d), w_im = FMS(o_im, c, o_re * d);
    low[0] = e_re + w_re, low[1] = e_im + w_im;
    high[0] = e_re - w_re, high[1] = w_im - e_im;
}

/* The adjoint: twice what unpack_pair has undone. */
INLINE void pack_pair(const V *low, const V *high, const float *turn, V *a, V *b)
{
    const V e_re = low[0] + high[0], e_im = low[1] - high[1];
    const V w_re = low[0] - high[0], w_im = low[1] + high[1];
    const V c = S(turn[0]), d = S(turn[1]);
    const V o_re = FMS(w_re, c, w_im * d), o_im = FMA(w_im, c, w_re * d);
    a[0] = e_re - o_im, a[1] = e_im + o_re;
    b[0] = e_re + o_im, b[1] = o_re - e_im;
}

/* The real bins 0 and size/2, which share the first value, and their adjoint. */
INLINE void unpack_ends(const V *a, V *first, V *last)
{
    first[0] = 2.0f * (a[0] + a[1]), last[0] = 2.0f * (a[0] - a[1]);
    first[1] = last[1] = S(0.0f);
}

INLINE void pack_ends(const V *first, const V *last, V *a)
{
    a[0] = first[0] + last[0], a[1] = first[0] - last[0];
}

/* Transform frames in x; the spectrum is bin by bin (re, im). */
static void to_spectrum(const real_transform *t, V *x, V *spectrum)
{
    const int half = t->size / 2;
    forward_stages(x, t->twiddles, half);
    unpack_ends(x, spectrum, spectrum + 2 * half);
    for (int k = 1; k <= half / 2; k++)
        unpack_pair(x + 2 * t->place[k], x + 2 * t->place[half - k], t->turns + 2 * k,
                    spectrum + 2 * k, spectrum + 2 * (half - k));
}

static void from_spectrum(const real_transform *t, const V *spectrum, V *x)
{
    const int half = t->size / 2;
    pack_ends(spectrum, spectrum + 2 * half, x);
    for (int k = 1; k <= half / 2; k++)
        pack_pair(spectrum + 2 * k, spectrum + 2 * (half - k), t->turns + 2 * k,
                  x + 2 * t->place[k], x + 2 * t->place[half - k]);
    inverse_stages(x, t->twiddles, half);
}

/* The spectra of frames `frame` .. of a clip in rows. */
static void analyse(const copy_plan *p, const framing *s, const float *rows, ptrdiff_t frame, V *x,
                    V *spectrum)
{
    load_frames(s, rows, FIRST_BLOCK + frame, p->analysis, FRAME, x);
    to_spectrum(&p->frame, x, spectrum);
}

/* Add whole frames to a clip in rows; x holds FRAME times their samples. */
static void add_frames(const copy_plan *p, const framing *s, float *rows, ptrdiff_t frame, V *x)
{
    const float *window = synthesis_window(p, s->hop);
    if (s->parts == 4) add_parts(s, rows, frame, 4, 0, window, x);
    else add_parts(s, rows, frame, 2, 0, window, x);
}

/* Add the frames with these spectra to a clip in rows. */
static void synthesise(const copy_plan *p, const framing *s, float *rows, ptrdiff_t frame,
                       const V *spectrum, V *x)
{
    from_spectrum(&p->frame, spectrum, x);
    add_frames(p, s, rows, frame, x);
}

#endif
