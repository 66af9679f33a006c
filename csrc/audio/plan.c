#include "plan.h"

#include "base/twiddles.h"
#include "design.h"

#include <math.h>
#include <stdlib.h>

filter_plan *filter_plan_new(int half)
{
    if (half < 1 || half > 1 << 20) return NULL;
    filter_plan *p = calloc(1, sizeof *p);
    if (!p) return NULL;
    p->half = half;
    p->size = 64;
    while (p->size < 4 * half) p->size *= 2;
    p->bin = malloc(p->size * sizeof *p->bin);
    p->twiddles = malloc(2 * p->size * sizeof *p->twiddles);
    p->hann = malloc((half + 1) * sizeof *p->hann);
    p->log2_bin = malloc((p->size / 2 + 1) * sizeof *p->log2_bin);
    if (!p->bin || !p->twiddles || !p->hann || !p->log2_bin) {
        filter_plan_free(p);
        return NULL;
    }
    transform_order(p->bin, p->size);
    while (p->bin[p->nyquist] != p->size / 2) p->nyquist++;
    transform_twiddles(p->twiddles, p->size);
    design_hann(half, p->hann);
    p->log2_bin[0] = 0.0f;
    for (int k = 1; k <= p->size / 2; k++) p->log2_bin[k] = (float)log2(k);
    return p;
}

void filter_plan_free(filter_plan *p)
{
    if (!p) return;
    free(p->bin);
    free(p->twiddles);
    free(p->hann);
    free(p->log2_bin);
    free(p);
}

int rawboost_half(const rawboost_options *o)
{
    const int most = (int)o->taps.high / 2; /* a filter of 2 m + 1 taps */
    return o->bands * (most < 1 ? 1 : most);
}
