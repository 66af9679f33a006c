/* splitmix64 as a counter-based generator: value k of stream s, the same as in audio/seeds.py. */
#ifndef SPOOFJAX_RANDOM_H
#define SPOOFJAX_RANDOM_H

#include <stdint.h>

#define RANDOM_GAMMA 0x9E3779B97F4A7C15u
#define RANDOM_MIX_1 0xBF58476D1CE4E5B9u
#define RANDOM_MIX_2 0x94D049BB133111EBu

/* The streams of a draw that the kernels use. */
enum { PARAMETERS = 16, NOISE, POSITIONS, AMPLITUDES };

static inline uint64_t random_value(uint64_t stream, uint64_t k)
{
    uint64_t z = stream + (k + 1) * RANDOM_GAMMA;
    z = (z ^ (z >> 30)) * RANDOM_MIX_1;
    z = (z ^ (z >> 27)) * RANDOM_MIX_2;
    return z ^ (z >> 31);
}

/* Value k of a stream as a number in [0, 1). */
static inline double random_uniform(uint64_t stream, uint64_t k)
{
    return (double)(random_value(stream, k) >> 11) * 0x1p-53;
}

#endif
