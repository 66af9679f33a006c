/* Random numbers, a vector at a time. All builds agree up to rounding. */
#ifndef SPOOFJAX_NORMALS_H
#define SPOOFJAX_NORMALS_H

#include "elementary.h"
#include "lanes.h"
#include "random.h"

/* Half as many 64-bit numbers. */
typedef uint64_t W __attribute__((vector_size(4 * LANES)));

/* The lower halves of the 64-bit numbers of a, then of b. */
#if LANES == 16
#define EVENS(a, b)                                                                   \
    ((VI)_mm512_permutex2var_epi32(                                                   \
        (__m512i)(a),                                                                 \
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), \
        (__m512i)(b)))
#elif LANES == 8
#define EVENS(a, b) \
    ((VI)_mm256_permute4x64_epi64((__m256i)_mm256_shuffle_ps((__m256)(a), (__m256)(b), 0x88), 0xd8))
#else
#define EVENS(a, b) ((VI)SHUFFLE((VI)(a), (VI)(b), 0, 2, 4, 6))
#endif

/* The finaliser of splitmix64, as random_value in random.h. */
INLINE W mixed(W z)
{
    z = (z ^ (z >> 30)) * RANDOM_MIX_1;
    z = (z ^ (z >> 27)) * RANDOM_MIX_2;
    return z ^ (z >> 31);
}

/* n independent normal values by Box and Muller: all cosines first, then the sines. `out` has room
 * for n rounded up to a multiple of 32. */
static void normals(uint64_t stream, float *out, ptrdiff_t n)
{
    const ptrdiff_t half = (n + 31) / 32 * 16;
    W low, high;
    for (int i = 0; i < LANES / 2; i++) {
        low[i] = stream + (uint64_t)(i + 1) * RANDOM_GAMMA;
        high[i] = stream + (uint64_t)(i + 1 + LANES / 2) * RANDOM_GAMMA;
    }
    for (ptrdiff_t k = 0; k < half; k += LANES) {
        const W a = mixed(low), b = mixed(high);
        const V u = __builtin_convertvector(EVENS(a >> 40, b >> 40) + 1, V) * 0x1p-24f;
        const V radius = SQRT(logarithm(u) * -2.0f);
        V cosine, sine;
        turn(EVENS(a >> 16, b >> 16) & 0xffffff, &cosine, &sine);
        store(out + k, radius * cosine);
        store(out + half + k, radius * sine);
        low += LANES * RANDOM_GAMMA, high += LANES * RANDOM_GAMMA;
    }
}

#endif
