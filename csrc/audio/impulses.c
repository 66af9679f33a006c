#include "impulses.h"

#include "base/random.h"

#include <string.h>

/* Draw places until `count` different ones are marked. */
static void mark(uint64_t *marks, ptrdiff_t n, ptrdiff_t count, uint64_t stream)
{
    for (uint64_t k = 0; count > 0; k++) {
        const uint64_t place = ((random_value(stream, k) >> 32) * (uint64_t)n) >> 32;
        const uint64_t bit = (uint64_t)1 << (place % 64);
        count -= !(marks[place / 64] & bit);
        marks[place / 64] |= bit;
    }
}

void add_impulses(float *x, ptrdiff_t n, ptrdiff_t count, float gain, uint64_t positions,
                  uint64_t amplitudes, uint64_t *marks)
{
    /* If more than half of the samples change, mark those that do not: at most half of them are
     * ever marked, so few draws hit a marked place. */
    const int is_inverted = count > n / 2;
    memset(marks, 0, (size_t)(n + 63) / 64 * sizeof *marks);
    mark(marks, n, is_inverted ? n - count : count, positions);
    for (ptrdiff_t first = 0; first < n; first += 64) {
        uint64_t bits = is_inverted ? ~marks[first / 64] : marks[first / 64];
        if (n - first < 64) bits &= ((uint64_t)1 << (n - first)) - 1;
        for (; bits; bits &= bits - 1) {
            const ptrdiff_t t = first + __builtin_ctzll(bits);
            const uint64_t word = random_value(amplitudes, (uint64_t)t);
            const float u = (float)(word >> 40) * 0x1p-23f - 1.0f;
            const float v = (float)((word >> 16) & 0xffffff) * 0x1p-23f - 1.0f;
            x[t] += gain * x[t] * u * v;
        }
    }
}
