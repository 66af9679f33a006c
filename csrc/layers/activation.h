/* Sigmoid and hyperbolic tangent of a vector, to some 1e-7; a NaN stays one. */
#ifndef SPOOFJAX_ACTIVATION_H
#define SPOOFJAX_ACTIVATION_H

#include "base/lanes.h"

/* The larger of both; a NaN in either stays. */
INLINE V larger(V x, V y) { return choose((VI)((x > y) | (x != x)), x, y); }

/* e^x for x in -87 .. 88, what lies outside taken as the end. x = n ln 2 + r, |r| <= ln 2 / 2, and a
 * polynomial of degree 6 in r whose upper four coefficients are a least-squares fit at Chebyshev
 * points, off by 4e-9 of e^r at most. */
INLINE V exponential(V x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = at_most(at_least(x, S(-87.0f)), S(88.0f));
    const V n = FMA(x, S(1.44269504f), S(shift));
    const V whole = n - S(shift);
    V r = FNMA(whole, S(0.693145752f), x);
    r = FNMA(whole, S(1.42860677e-6f), r);
    V p = S(1.389919467e-3f);
    p = FMA(p, r, S(8.368890523e-3f));
    p = FMA(p, r, S(4.166685029e-2f));
    p = FMA(p, r, S(1.666651873e-1f));
    p = FMA(p, r, S(0.5f));
    p = FMA(p, r, S(1.0f));
    p = FMA(p, r, S(1.0f));
    return (V)((VN)p + ((VN)n << 23));
}

INLINE V reciprocal(V x)
{
#if LANES == 16
    const V guess = (V)_mm512_rcp14_ps((__m512)x); /* one step of Newton's takes 14 bits to 24 */
    return guess * FNMA(x, guess, S(2.0f));
#else
    return 1.0f / x;
#endif
}

INLINE V sigmoid(V x) { return reciprocal(1.0f + exponential(-x)); }

INLINE V hyperbolic_tangent(V x)
{
    return FNMA(S(2.0f), reciprocal(1.0f + exponential(x + x)), S(1.0f));
}

#endif
