#include "impulses.h"

#include "random.h"

#include <string.h>

/* Draw places until `count` different ones are marked. */
static void mark(uint8_t *marks, ptrdiff_t n, ptrdiff_t count, uint64_t stream)
{
    for (uint64_t k = 0; count > 0; k++) {
        const uint64_t place = ((random_value(stream, k) >> 32) * (uint64_t)n) >> 32;
        const uint8_t bit = (uint8_t)(1u << (place % 8));
        count -= !(marks[place / 8] & bit);
        marks[place / 8] |= bit;
    }
}

void add_impulses(float *x, ptrdiff_t n, ptrdiff_t count, float gain, uint64_t positions,
                  uint64_t amplitudes, uint8_t *marks)
{
    /* Of more than half of the samples, those to spare are marked: drawing ends soon either way. */
    const int spare = count > n / 2;
    memset(marks, 0, (size_t)(n + 7) / 8);
    mark(marks, n, spare ? n - count : count, positions);
    for (ptrdiff_t byte = 0; byte < (n + 7) / 8; byte++) {
        unsigned bits = spare ? 0xffu & ~marks[byte] : marks[byte];
        for (ptrdiff_t t = 8 * byte; bits && t < n; t++, bits >>= 1) {
            if (!(bits & 1)) continue;
            const uint64_t word = random_value(amplitudes, (uint64_t)t);
            const float u = (float)(word >> 40) * 0x1p-23f - 1.0f;
            const float v = (float)((word >> 16) & 0xffffff) * 0x1p-23f - 1.0f;
            x[t] += gain * x[t] * u * v;
        }
    }
}
