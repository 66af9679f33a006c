/* White Gaussian noise, a vector at a time. All builds agree up to rounding. */
#ifndef SPOOFJAX_NOISE_H
#define SPOOFJAX_NOISE_H

#include "base/lanes.h"
#include "clip.h"
#include "random.h"

#include <string.h>

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

/* Cosine and sine of 2 pi k / 2^24, 0 <= k < 2^24. The angle is reduced exactly to t = -0.5 .. 0.5
 * quarter turns; Taylor polynomials of pi t / 2 have errors below 4e-8. */
INLINE void turn(VI k, V *cosine, V *sine)
{
    const VI quarter = (k + (1 << 21)) >> 22;
    const V t = __builtin_convertvector(k - (quarter << 22), V) * 0x1p-22f;
    const V s = t * t;
    V c = FMA(s, S(9.192602748e-4f), S(-2.086348076e-2f));
    c = FMA(FMA(FMA(c, s, S(2.536695079e-1f)), s, S(-1.233700550e0f)), s, S(1.0f));
    V d = FMA(s, S(1.604411848e-4f), S(-4.681754135e-3f));
    d = FMA(FMA(FMA(d, s, S(7.969262625e-2f)), s, S(-6.459640975e-1f)), s, S(1.570796327e0f)) * t;
    const VI odd = -(quarter & 1);
    const V even_part = choose(odd, d, c), odd_part = choose(odd, c, d);
    *cosine = (V)((VI)even_part ^ (((quarter + 1) & 2) << 30));
    *sine = (V)((VI)odd_part ^ ((quarter & 2) << 30));
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

/* Replace the padded clip by white noise. */
static void noise_into(const filter_plan *p, const clip_buffers *b, uint64_t stream, ptrdiff_t n)
{
    float *x = b->padded + p->half;
    normals(stream, x, n);
    memset(x + n, 0, (plan_padded(p, n) - p->half - n) * sizeof *x);
}

#endif
