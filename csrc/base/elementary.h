/* Powers, sines, angles and roots of vectors. The logarithm is in lanes.h. */
#ifndef SPOOFJAX_ELEMENTARY_H
#define SPOOFJAX_ELEMENTARY_H

#include "lanes.h"

/* 2^x for |x| < 126, by a Taylor polynomial of 2^f, |f| <= 0.5; relative error below 2e-7. */
INLINE V power_of_two(V x)
{
    const VI integer = __builtin_convertvector(x + 1024.5f, VI) - 1024;
    const V f = x - __builtin_convertvector(integer, V);
    V y = FMA(f, S(1.540353039e-4f), S(1.333355815e-3f));
    y = FMA(FMA(y, f, S(9.618129108e-3f)), f, S(5.550410866e-2f));
    y = FMA(FMA(FMA(y, f, S(2.402265070e-1f)), f, S(6.931471806e-1f)), f, S(1.0f));
    return (V)((VI)y + (integer << 23));
}

/* Cosine and sine of `quarter` + t quarter turns, t from -0.5 to 0.5, by Taylor polynomials of
 * pi t / 2 with errors below 4e-8. */
INLINE void quarter_turns(VI quarter, V t, V *cosine, V *sine)
{
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

/* Cosine and sine of 2 pi k / 2^24, 0 <= k < 2^24. The reduction to quarter turns is exact. */
INLINE void turn(VI k, V *cosine, V *sine)
{
    const VI quarter = (k + (1 << 21)) >> 22;
    quarter_turns(quarter, __builtin_convertvector(k - (quarter << 22), V) * 0x1p-22f, cosine,
                  sine);
}

/* x rounded to a whole number, for |x| < 2^22: adding 1.5 * 2^23 leaves no bits for a fraction. */
INLINE V rounded(V x) { return (x + 12582912.0f) - 12582912.0f; }

/* Cosine and sine of 2 pi x for |x| < 2^20. */
INLINE void phasor(V x, V *cosine, V *sine)
{
    const V quarters = x * 4.0f, shifted = quarters + 12582912.0f;
    quarter_turns((VI)shifted, quarters - (shifted - 12582912.0f), cosine, sine);
}

/* The angle of a complex number in turns, -0.5 to 0.5; 0 for 0. The polynomial is fitted at
 * Chebyshev points to atan(a) / (2 pi a) as a function of a^2, with errors below 3e-9. */
INLINE V angle(V re, V im)
{
    const V x = (V)((VI)re & 0x7fffffff), y = (V)((VI)im & 0x7fffffff);
    const VI is_steep = y > x;
    const V a = choose(is_steep, x, y) / at_least(choose(is_steep, y, x), S(1e-30f)), s = a * a;
    V p = FMA(s, S(4.510553423e-4f), S(-2.547279719e-3f));
    p = FMA(FMA(p, s, S(6.778028243e-3f)), s, S(-1.192937193e-2f));
    p = FMA(FMA(p, s, S(1.692891993e-2f)), s, S(-2.260409302e-2f));
    p = FMA(FMA(p, s, S(3.181902586e-2f)), s, S(-5.305122347e-2f));
    p = FMA(p, s, S(1.591549406e-1f)) * a;
    p = choose(is_steep, S(0.25f) - p, p);
    p = choose(re < 0.0f, S(0.5f) - p, p);
    return (V)((VI)p ^ ((VI)im & (VI)S(-0.0f)));
}

/* 1 / sqrt(x) for normal x > 0 with a relative error below 1e-6, by Newton's method from a guess of
 * 14 bits, or from a linear guess in the logarithm whose first step is the best of its form. */
INLINE V inverse_root(V x)
{
#if LANES == 16
    V y = (V)_mm512_rsqrt14_ps((__m512)x);
#else
    V y = (V)(0x5f1ffff9 - ((VI)x >> 1));
    y *= 0.703952253f * FNMA(x * y, y, S(2.38924456f));
#endif
    return y * FNMA(x * 0.5f * y, y, S(1.5f));
}

#endif
