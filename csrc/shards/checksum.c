#include "checksum.h"

#include <stddef.h>
#include <string.h>

enum { LANES = 8, STRIDE = LANES * 8 };

/* A bijection of `state` for every `word`, and of `word` for every `state`: no change of one word is
 * lost. The multiplier is 2^64 divided by the golden ratio, made odd. */
static uint64_t mixed(uint64_t state, uint64_t word)
{
    state = (state ^ word) * 0x9E3779B97F4A7C15u;
    return state ^ (state >> 32);
}

/* Independent lanes let the processor multiply for one while it waits for the others. */
static void mix_stride(uint64_t *lanes, const char *data)
{
    for (int k = 0; k < LANES; k++) {
        uint64_t word;
        memcpy(&word, data + 8 * k, 8);
        lanes[k] = mixed(lanes[k], word);
    }
}

uint64_t checksum_of(const void *data, int64_t size)
{
    uint64_t lanes[LANES] = {1, 2, 3, 4, 5, 6, 7, 8};
    const char *at = data;
    int64_t left = size;
    for (; left >= STRIDE; at += STRIDE, left -= STRIDE) mix_stride(lanes, at);
    if (left) {
        char rest[STRIDE] = {0};
        memcpy(rest, at, (size_t)left);
        mix_stride(lanes, rest);
    }
    uint64_t sum = (uint64_t)size;
    for (int k = 0; k < LANES; k++) sum = mixed(sum, lanes[k]);
    return sum;
}
