/* Sums of sinusoids, whose number and frequencies differ from lane to lane. */
#ifndef SPOOFJAX_SINUSOIDS_H
#define SPOOFJAX_SINUSOIDS_H

#include "base/elementary.h"
#include "frames.h"
#include "group.h"

enum { LONG = FRAME / 2, COARSE = 16 }; /* samples of a frame; of a coarse step */

/* x[n] = the real part of the sum over j of (re + i im)[j] e^(i 2 pi step[j] (n - LONG / 2)): the
 * phases are those at the centre. With n = 16 a + b each term is the product of a coarse and a fine
 * oscillator, so that rounding errors do not add up over the frame. */
static void sum_sinusoids(const group_work *w, int count, V *x)
{
    for (int n = 0; n < LONG; n++) x[n] = S(0.0f);
    for (int j = 0; j < count; j++) {
        V fine[2 * COARSE], coarse[2] = {w->re[j], w->im[j]}, re, im;
        phasor(w->step[j] * (-LONG / 2), &re, &im);
        rotate(coarse, re, im);
        phasor(w->step[j], &re, &im);
        fine[0] = S(1.0f), fine[1] = S(0.0f);
        for (int b = 1; b < COARSE; b++) {
            fine[2 * b] = fine[2 * b - 2], fine[2 * b + 1] = fine[2 * b - 1];
            rotate(fine + 2 * b, re, im);
        }
        phasor(w->step[j] * COARSE, &re, &im);
        for (int a = 0; a < LONG; a += COARSE) {
            for (int b = 0; b < COARSE; b++)
                x[a + b] = FNMA(coarse[1], fine[2 * b + 1], FMA(coarse[0], fine[2 * b], x[a + b]));
            rotate(coarse, re, im);
        }
    }
}

/* Add the sinusoids of a group of frames to the middle halves of these; the hop is 128. */
static void add_sinusoids(const copy_plan *p, const framing *s, float *rows, ptrdiff_t frame,
                          int count, group_work *w)
{
    sum_sinusoids(w, count, w->x);
    add_parts(s, rows, frame, 2, 1, p->sinusoid_window, w->x);
}

#endif
