/* Vectors of LANES floats and their arithmetic, the same for every instruction set.
 *
 * A kernel's source file defines LANES before it includes anything that needs it: 16 for AVX-512, 8
 * for AVX2, 4 (the default) for any processor. */
#ifndef SPOOFJAX_LANES_H
#define SPOOFJAX_LANES_H

#include <math.h>
#include <stddef.h>
#include <stdint.h>

#ifndef LANES
#define LANES 4
#endif

/* BUILD(name): the function's name in the build for this many lanes. */
#if LANES == 16
#include <immintrin.h>
#define BUILD(name) name##_avx512
#elif LANES == 8
#include <immintrin.h>
#define BUILD(name) name##_avx2
#else
#define BUILD(name) name##_baseline
#endif

typedef float V __attribute__((vector_size(4 * LANES), may_alias));
typedef int32_t VI __attribute__((vector_size(4 * LANES), may_alias));
typedef uint32_t VN __attribute__((vector_size(4 * LANES), may_alias));
typedef float VU __attribute__((vector_size(4 * LANES), may_alias, aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

INLINE V load(const float *p) { return *(const VU *)p; }
INLINE void store(float *p, V x) { *(VU *)p = x; }

#if LANES == 16

#define S(x) ((V)_mm512_set1_ps(x))
#define FMA(a, b, c) ((V)_mm512_fmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define FMS(a, b, c) ((V)_mm512_fmsub_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define FNMA(a, b, c) ((V)_mm512_fnmadd_ps((__m512)(a), (__m512)(b), (__m512)(c)))
#define SQRT(x) ((V)_mm512_sqrt_ps((__m512)(x)))

/* The lanes of x but the first, then *last. */
INLINE V shift_in(V x, const float *last)
{
    return (V)_mm512_alignr_epi32((__m512i)(V)S(*last), (__m512i)x, 1);
}

#define UNPACK_LO(a, b) ((V)_mm512_unpacklo_ps((__m512)(a), (__m512)(b)))
#define UNPACK_HI(a, b) ((V)_mm512_unpackhi_ps((__m512)(a), (__m512)(b)))
#define PAIR_LO(a, b) ((V)_mm512_unpacklo_pd((__m512d)(a), (__m512d)(b)))
#define PAIR_HI(a, b) ((V)_mm512_unpackhi_pd((__m512d)(a), (__m512d)(b)))
#define EVEN_QUADS(a, b) ((V)_mm512_shuffle_f32x4((__m512)(a), (__m512)(b), 0x88))
#define ODD_QUADS(a, b) ((V)_mm512_shuffle_f32x4((__m512)(a), (__m512)(b), 0xdd))

#elif LANES == 8

#define S(x) ((V)_mm256_set1_ps(x))
#define FMA(a, b, c) ((V)_mm256_fmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define FMS(a, b, c) ((V)_mm256_fmsub_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define FNMA(a, b, c) ((V)_mm256_fnmadd_ps((__m256)(a), (__m256)(b), (__m256)(c)))
#define SQRT(x) ((V)_mm256_sqrt_ps((__m256)(x)))

INLINE V shift_in(V x, const float *last)
{
    const __m256 moved =
        _mm256_permutevar8x32_ps((__m256)x, _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 7));
    return (V)_mm256_blend_ps(moved, (__m256)S(*last), 0x80);
}

#define UNPACK_LO(a, b) ((V)_mm256_unpacklo_ps((__m256)(a), (__m256)(b)))
#define UNPACK_HI(a, b) ((V)_mm256_unpackhi_ps((__m256)(a), (__m256)(b)))
#define PAIR_LO(a, b) ((V)_mm256_unpacklo_pd((__m256d)(a), (__m256d)(b)))
#define PAIR_HI(a, b) ((V)_mm256_unpackhi_pd((__m256d)(a), (__m256d)(b)))
#define EVEN_QUADS(a, b) ((V)_mm256_permute2f128_ps((__m256)(a), (__m256)(b), 0x20))
#define ODD_QUADS(a, b) ((V)_mm256_permute2f128_ps((__m256)(a), (__m256)(b), 0x31))

#else /* four lanes in portable vector arithmetic: SSE2, NEON, or what the compiler makes of it */

#define S(x) ((float)(x) - (V){0})
#define FMA(a, b, c) ((a) * (b) + (c))
#define FMS(a, b, c) ((a) * (b) - (c))
#define FNMA(a, b, c) ((c) - (a) * (b))

INLINE V SQRT(V x) { return (V){sqrtf(x[0]), sqrtf(x[1]), sqrtf(x[2]), sqrtf(x[3])}; }
INLINE V shift_in(V x, const float *last) { return (V){x[1], x[2], x[3], *last}; }

#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (VI){i, j, k, l})
#endif
#define UNPACK_LO(a, b) SHUFFLE(a, b, 0, 4, 1, 5)
#define UNPACK_HI(a, b) SHUFFLE(a, b, 2, 6, 3, 7)
#define PAIR_LO(a, b) SHUFFLE(a, b, 0, 1, 4, 5)
#define PAIR_HI(a, b) SHUFFLE(a, b, 2, 3, 6, 7)

#endif

/* A vector of quads: the four floats at p, the four at p + step, and so on. */
INLINE V load_quads(const float *p, ptrdiff_t step)
{
#if LANES == 16
    __m512 x = _mm512_castps128_ps512(_mm_loadu_ps(p));
    x = _mm512_insertf32x4(x, _mm_loadu_ps(p + step), 1);
    x = _mm512_insertf32x4(x, _mm_loadu_ps(p + 2 * step), 2);
    return (V)_mm512_insertf32x4(x, _mm_loadu_ps(p + 3 * step), 3);
#elif LANES == 8
    const __m256 x = _mm256_castps128_ps256(_mm_loadu_ps(p));
    return (V)_mm256_insertf128_ps(x, _mm_loadu_ps(p + step), 1);
#else
    (void)step;
    return load(p);
#endif
}

/* Lane j of to[i] becomes x[j * stride + i], for i < 4. Loads build the quads: a processor has
 * several units for loads, but often only one for shuffles. */
INLINE void load_columns(const float *x, ptrdiff_t stride, V *restrict to)
{
    const V r0 = load_quads(x, 4 * stride), r1 = load_quads(x + stride, 4 * stride);
    const V r2 = load_quads(x + 2 * stride, 4 * stride);
    const V r3 = load_quads(x + 3 * stride, 4 * stride);
    const V a = UNPACK_LO(r0, r1), b = UNPACK_LO(r2, r3);
    const V c = UNPACK_HI(r0, r1), d = UNPACK_HI(r2, r3);
    to[0] = PAIR_LO(a, b), to[1] = PAIR_HI(a, b), to[2] = PAIR_LO(c, d), to[3] = PAIR_HI(c, d);
}

/* Transpose in place the LANES x LANES matrix whose rows are r[0] .. r[LANES-1]. */
INLINE void transpose(V r[LANES])
{
    V q[LANES]; /* q[4g + c]: quad l holds column 4l + c of rows 4g .. 4g+3 */
#pragma GCC unroll 4
    for (int g = 0; g < LANES; g += 4) {
        const V a = UNPACK_LO(r[g], r[g + 1]), b = UNPACK_LO(r[g + 2], r[g + 3]);
        const V c = UNPACK_HI(r[g], r[g + 1]), d = UNPACK_HI(r[g + 2], r[g + 3]);
        q[g] = PAIR_LO(a, b), q[g + 1] = PAIR_HI(a, b);
        q[g + 2] = PAIR_LO(c, d), q[g + 3] = PAIR_HI(c, d);
    }
#pragma GCC unroll 4
    for (int c = 0; c < 4; c++) { /* then the quads of the same c */
#if LANES == 16
        const V e0 = EVEN_QUADS(q[c], q[4 + c]), e1 = EVEN_QUADS(q[8 + c], q[12 + c]);
        const V o0 = ODD_QUADS(q[c], q[4 + c]), o1 = ODD_QUADS(q[8 + c], q[12 + c]);
        r[c] = EVEN_QUADS(e0, e1), r[8 + c] = ODD_QUADS(e0, e1);
        r[4 + c] = EVEN_QUADS(o0, o1), r[12 + c] = ODD_QUADS(o0, o1);
#elif LANES == 8
        r[c] = EVEN_QUADS(q[c], q[4 + c]), r[4 + c] = ODD_QUADS(q[c], q[4 + c]);
#else
        r[c] = q[c];
#endif
    }
}

/* The last `by` lanes of a, then the first lanes of b; `by` is a constant from 1 to 3. */
#if LANES == 16
#define JOINED(a, b, by) ((V)_mm512_alignr_epi32((__m512i)(b), (__m512i)(a), 16 - (by)))
#elif LANES == 8
INLINE V turned(V x, int by)
{
    const __m256i first = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    const __m256i from =
        _mm256_and_si256(_mm256_sub_epi32(first, _mm256_set1_epi32(by)), _mm256_set1_epi32(7));
    return (V)_mm256_permutevar8x32_ps((__m256)x, from);
}
#define JOINED(a, b, by) \
    ((V)_mm256_blend_ps((__m256)turned(b, by), (__m256)turned(a, by), (1 << (by)) - 1))
#else
#define JOINED(a, b, by) SHUFFLE(a, b, 4 - (by), 5 - (by), 6 - (by), 7 - (by))
#endif

/* x where the bits of m are all ones, y elsewhere. */
INLINE V choose(VI m, V x, V y) { return (V)(((VI)x & m) | ((VI)y & ~m)); }

/* A bit for each lane of m, whose lanes are all ones or all zeros. */
#if LANES == 16
INLINE unsigned lane_bits(VI m) { return _mm512_movepi32_mask((__m512i)m); }
#elif LANES == 8
INLINE unsigned lane_bits(VI m) { return (unsigned)_mm256_movemask_ps((__m256)m); }
#else
INLINE unsigned lane_bits(VI m)
{
    return (unsigned)((m[0] & 1) | (m[1] & 2) | (m[2] & 4) | (m[3] & 8));
}
#endif

/* at_least and at_most return the larger and the smaller of two values; a NaN in x remains.
 * unless_finite returns x where it is infinite or NaN, y elsewhere. */
#if LANES == 16
INLINE V at_least(V x, V least) { return (V)_mm512_max_ps((__m512)least, (__m512)x); }
INLINE V at_most(V x, V most) { return (V)_mm512_min_ps((__m512)most, (__m512)x); }
INLINE V unless_finite(V x, V y)
{
    const __mmask16 finite = _mm512_cmp_ps_mask((__m512)x, (__m512)(V)S(INFINITY), _CMP_LT_OQ);
    return (V)_mm512_mask_mov_ps((__m512)x, finite, (__m512)y);
}
#elif LANES == 8
INLINE V at_least(V x, V least) { return (V)_mm256_max_ps((__m256)least, (__m256)x); }
INLINE V at_most(V x, V most) { return (V)_mm256_min_ps((__m256)most, (__m256)x); }
INLINE V unless_finite(V x, V y) { return choose(x < INFINITY, y, x); }
#else
INLINE V at_least(V x, V least) { return choose(least > x, least, x); }
INLINE V at_most(V x, V most) { return choose(most < x, most, x); }
INLINE V unless_finite(V x, V y) { return choose(x < INFINITY, y, x); }
#endif

/* Natural logarithm of x > 0; infinity and NaN remain.
 * x = m * 2^e with m in [0.70, 1.42]; ln m = f - f^2/2 + f^3 * p(f) with f = m - 1; p is a weighted
 * least-squares fit at Chebyshev points with a relative error below 6e-9. */
INLINE V logarithm(V x)
{
    const VI exponent = (VI)((VN)x - 0x3f3504f3u) >> 23;
    const V e = __builtin_convertvector(exponent, V);
    const V f = (V)((VN)x - ((VN)exponent << 23)) - 1.0f;
    V p = S(-7.859521453e-02f);
    p = FMA(p, f, S(1.288161421e-01f));
    p = FMA(p, f, S(-1.312877262e-01f));
    p = FMA(p, f, S(1.418119737e-01f));
    p = FMA(p, f, S(-1.662455277e-01f));
    p = FMA(p, f, S(2.000228604e-01f));
    p = FMA(p, f, S(-2.500081044e-01f));
    p = FMA(p, f, S(3.333331673e-01f));
    const V square = f * f;
    p = FMA(p, f * square, e * S(-2.12194440e-4f)); /* ln 2 in two parts */
    p = FNMA(square, S(0.5f), p) + f;
    p = FMA(e, S(0.693359375f), p);
    return unless_finite(x, p);
}

#endif
