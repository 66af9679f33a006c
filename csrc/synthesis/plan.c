#include "plan.h"

#include "base/twiddles.h"

#include <math.h>
#include <stdlib.h>

static const double PI = 3.14159265358979323846;

static double hann(int n, int size) { return 0.5 - 0.5 * cos(2 * PI * n / size); }

/* Return 0, or -1 when memory is short. */
static int real_transform_new(real_transform *t, int size)
{
    const int half = size / 2;
    int *bin = malloc(half * sizeof *bin);
    t->size = size;
    t->place = malloc(half * sizeof *t->place);
    t->twiddles = malloc(2 * half * sizeof *t->twiddles);
    t->turns = malloc((half + 2) * sizeof *t->turns);
    const int is_complete = bin && t->place && t->twiddles && t->turns;
    if (is_complete) {
        transform_order(bin, half);
        transform_twiddles(t->twiddles, half);
        for (int i = 0; i < half; i++) t->place[bin[i]] = i;
        for (int k = 0; k <= size / 4; k++) {
            t->turns[2 * k] = (float)cos(2 * PI * k / size);
            t->turns[2 * k + 1] = (float)sin(2 * PI * k / size);
        }
    }
    free(bin);
    return is_complete ? 0 : -1;
}

static void real_transform_free(real_transform *t)
{
    free(t->place);
    free(t->twiddles);
    free(t->turns);
}

copy_plan *copy_plan_new(void)
{
    copy_plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    if (real_transform_new(&p->frame, FRAME) || real_transform_new(&p->pitch, PITCH_TRANSFORM)) {
        copy_plan_free(p);
        return NULL;
    }
    for (int n = 0; n < FRAME; n++) {
        p->analysis[n] = (float)(0.5 * hann(n, FRAME));
        for (int hop = 128; hop <= 256; hop += 128) {
            double overlap = 0.0;
            for (int i = n % hop; i < FRAME; i += hop) overlap += hann(i, FRAME) * hann(i, FRAME);
            p->synthesis[hop == 256][n] = (float)(hann(n, FRAME) / (overlap * FRAME));
        }
    }
    float *centre = p->pitch_window + (PITCH_TRANSFORM - PITCH_WINDOW) / 2;
    for (int n = 0; n < PITCH_WINDOW; n++) centre[n] = (float)(0.5 * hann(n, PITCH_WINDOW));
    for (int n = 0; n < FRAME / 2; n++) p->sinusoid_window[n] = (float)hann(n, FRAME / 2);
    return p;
}

void copy_plan_free(copy_plan *p)
{
    if (!p) return;
    real_transform_free(&p->frame);
    real_transform_free(&p->pitch);
    free(p);
}

static ptrdiff_t rounded_up(ptrdiff_t n, ptrdiff_t unit) { return (n + unit - 1) / unit * unit; }

framing framing_of(ptrdiff_t length, int hop)
{
    framing s = {.length = length, .hop = hop, .parts = FRAME / hop};
    s.frames = (length + hop - 1) / hop + s.parts - 1;
    s.padded = rounded_up(s.frames, MOST_LANES);
    s.lead = FIRST_BLOCK * hop + FRAME - hop;
    s.stride = rounded_up(FIRST_BLOCK + s.padded + PITCH_TRANSFORM / hop, MOST_LANES);
    /* Rows a multiple of a page apart would all fall into the same lines of the nearest cache. */
    if (s.stride % 512 == 0) s.stride += MOST_LANES;
    return s;
}
