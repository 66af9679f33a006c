/* One build for all processors: the compiler's vectors of any width are as fast as the memory. */
#include "rounding.h"
#include "base/pool.h"

#include <string.h>

static inline uint16_t rounded(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t nearest = bits + 0x7fff + (bits >> 16 & 1);
    const int is_nan = (bits & 0x7fffffff) > 0x7f800000;
    return (uint16_t)((is_nan ? bits | 0x400000 : nearest) >> 16);
}

static void round_item(const void *argument, ptrdiff_t item, void *scratch)
{
    const rounding_batch *b = argument;
    const ptrdiff_t n = b->coefficients, first = item * b->rows * n;
    const float *restrict mean = b->mean, *restrict deviation = b->deviation;
    for (ptrdiff_t r = 0; r < b->rows; r++) {
        const float *restrict x = b->features + first + r * n;
        uint16_t *restrict y = b->out + first + r * n;
        for (ptrdiff_t c = 0; c < n; c++) y[c] = rounded((x[c] - mean[c]) / deviation[c]);
    }
    (void)scratch;
}

int rounding_run(const rounding_batch *batch, int threads)
{
    return pool_run(round_item, batch, batch->items, threads, 1);
}
