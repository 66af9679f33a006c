/* The energy of a clip. */
#ifndef SPOOFJAX_ENERGY_H
#define SPOOFJAX_ENERGY_H

#include "lanes.h"

static double energy(const float *x, ptrdiff_t n)
{
    double total = 0.0;
    ptrdiff_t t = 0;
    /* Single precision is exact enough for sums over 4,096 samples. */
    while (t + LANES <= n) {
        const ptrdiff_t stop = n - t < 4096 ? n - LANES : t + 4096 - LANES;
        V sum = S(0.0f);
        for (; t <= stop; t += LANES) sum = FMA(load(x + t), load(x + t), sum);
        for (int lane = 0; lane < LANES; lane++) total += sum[lane];
    }
    for (; t < n; t++) total += (double)x[t] * x[t];
    return total;
}

#endif
