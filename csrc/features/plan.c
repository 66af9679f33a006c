/* Making a plan: tables in the layout that the kernels read. */
#include "plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static void *table(size_t count, size_t size)
{
    const size_t bytes = (count * size + 63) / 64 * 64;
    void *p = aligned_alloc(64, bytes ? bytes : 64);
    if (p) memset(p, 0, bytes ? bytes : 64);
    return p;
}

static int out_of_range(const framed_options *o)
{
    return (o->fft != 256 && o->fft != 512 && o->fft != 1024 && o->fft != 2048) ||
           o->frame_length < 1 || o->frame_length > o->fft || o->hop < 1 || o->hop > o->fft ||
           o->window == NULL || o->filters < 0 || (o->filters > 0 && o->filter_bank == NULL) ||
           o->cepstra < 0 || (o->cepstra > 0 && o->dct == NULL) || o->deltas < 0 || o->deltas > 2 ||
           o->delta_width < 0 || o->normalize < 0 || o->normalize > 2;
}

/* (tan, cos) pairs for one k1 in the order in which power_16 reads them: m = 2, 4, 8, 8, 16, 16,
 * 16, 16. */
static void fill_twiddles(float *to, int k1, int fft)
{
    for (int m = 2; m <= COLUMNS; m *= 2)
        for (int k = 0; k < (m < 4 ? 1 : m / 4); k++) {
            const double angle = 2 * PI * ((double)k1 * (COLUMNS / m) / fft + (double)k / m);
            const float cosine = (float)cos(angle);
            /* By the rounded cosine, so that the product is as near to the sine as possible. */
            *to++ = (float)(sin(angle) / cosine);
            *to++ = cosine;
        }
}

/* Where the transform leaves a bin, in vectors: see "The transform" in csrc/README.md. */
static int place_of(int bin, int n1)
{
    const int k1 = bin % n1, k2 = bin / n1;
    if (k1 == 0) return k2;
    if (k1 <= n1 / 2) return (2 * k1 - 1) * COLUMNS + k2;
    return (2 * (n1 - k1) - 1) * COLUMNS + COLUMNS / 2 + k2;
}

/* Keep only the bins in which a filter has weight. A bin that is a tap of one filter is none of the
 * next, whose weight the tap holds. */
static int fill_filters(framed_plan *p, const float *bank)
{
    p->filters = table(p->o.filters, sizeof *p->filters);
    p->taps = table((size_t)p->o.filters * p->bins, sizeof *p->taps);
    char *is_tap = calloc(p->bins, 1); /* of the filter at hand; before its turn, of the last one */
    if (!p->filters || !p->taps || !is_tap) {
        free(is_tap);
        return -1;
    }
    framed_tap *to = p->taps;
    for (int f = 0; f < p->o.filters; f++) {
        const framed_tap *first = to;
        const float *weight = bank + (size_t)f * p->bins;
        const float *next = f + 1 < p->o.filters ? weight + p->bins : NULL;
        for (int k = 0; k < p->bins; k++) {
            is_tap[k] = !is_tap[k] && weight[k] != 0.0f;
            if (is_tap[k]) *to++ = (framed_tap){p->places[k], weight[k], next ? next[k] : 0.0f};
        }
        p->filters[f] = (framed_filter){first, (int)(to - first)};
    }
    free(is_tap);
    return 0;
}

framed_plan *framed_plan_new(const framed_options *options, enum processor_level level)
{
    if (out_of_range(options) || !processor_runs(level)) return NULL;
    framed_plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->o = *options;
    p->level = level;
    p->o.window = p->o.filter_bank = p->o.dct = NULL;
    p->bins = p->o.fft / 2 + 1;
    p->n1 = p->o.fft / COLUMNS;
    p->column = framed_choose_column(p->n1, (p->o.frame_length + COLUMNS - 1) / COLUMNS, &p->live);
    p->bands = p->o.filters ? p->o.filters : p->bins;
    p->statics = p->o.cepstra ? p->o.cepstra : p->bands;
    p->pad = p->o.center ? p->o.fft / 2 - (p->o.fft - p->o.frame_length) / 2 : 0;

    p->window = table((size_t)p->live * COLUMNS, sizeof(float));
    p->twiddles = table((size_t)p->n1 / 2 * COLUMNS, sizeof(float));
    p->dct = table((size_t)p->o.cepstra * p->bands, sizeof(float));
    p->places = table(p->bins, sizeof(int));
    if (!p->window || !p->twiddles || !p->dct || !p->places) {
        framed_plan_free(p);
        return NULL;
    }
    for (int k = 0; k < p->bins; k++) p->places[k] = place_of(k, p->n1);
    if (p->o.filters && fill_filters(p, options->filter_bank)) {
        framed_plan_free(p);
        return NULL;
    }
    memcpy(p->window, options->window, p->o.frame_length * sizeof(float));
    for (int k = 1; k < p->n1 / 2; k++) fill_twiddles(p->twiddles + COLUMNS * (k - 1), k, p->o.fft);
    if (p->o.cepstra) memcpy(p->dct, options->dct, (size_t)p->o.cepstra * p->bands * sizeof(float));
    return p;
}

void framed_plan_free(framed_plan *p)
{
    if (!p) return;
    free(p->window);
    free(p->twiddles);
    free(p->places);
    free(p->filters);
    free(p->taps);
    free(p->dct);
    free(p);
}

ptrdiff_t framed_frames(const framed_plan *p, ptrdiff_t samples)
{
    if (samples <= 0) return 0;
    if (p->o.center) return 1 + samples / p->o.hop;
    return samples < p->o.frame_length ? 0 : 1 + (samples - p->o.frame_length) / p->o.hop;
}

int framed_coefficients(const framed_plan *p) { return p->statics * (1 + p->o.deltas); }

/* An upper bound of what `lay_out` in kernel.h uses. */
size_t framed_scratch_bytes(const framed_plan *p, int lanes)
{
    const size_t vector = sizeof(float) * lanes;
    const size_t vectors = (size_t)p->o.fft + p->bands + p->statics + 2 * lanes;
    const size_t span = (size_t)lanes * p->o.hop + p->o.frame_length + 64;
    return vectors * vector + 2 * span * sizeof(float) +
           2 * framed_coefficients(p) * sizeof(double);
}
