/* Sigmoid and hyperbolic tangent of a vector, to about 1e-7. A NaN remains. */
#ifndef SPOOFJAX_ACTIVATION_H
#define SPOOFJAX_ACTIVATION_H

#include "base/lanes.h"

/* The larger of two values; a NaN in either remains. */
INLINE V larger(V x, V y) { return choose((VI)((x > y) | (x != x)), x, y); }

/* e^x, with x limited to -87 .. 88. x = n ln 2 + r, |r| <= ln 2 / 2, and e^r is a polynomial of
 * degree 6 whose upper four coefficients are a least-squares fit at Chebyshev points, with a
 * relative error below 4e-9. */
INLINE V exponential(V x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = at_most(at_least(x, S(-87.0f)), S(88.0f));
    const V n = FMA(x, S(1.44269504f), S(shift));
    const V integer = n - S(shift);
    V r = FNMA(integer, S(0.693145752f), x);
    r = FNMA(integer, S(1.42860677e-6f), r);
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
    const V guess = (V)_mm512_rcp14_ps((__m512)x); /* one Newton step makes 24 bits of 14 */
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

/* Scaled exponential linear unit (Klambauer et al., 2017, arXiv 1706.02515). */
INLINE V selu(V x)
{
    const float scale = 1.0507009873554805f, alpha = 1.6732632423543772f;
    const V negative = FMA(exponential(x), S(alpha), S(-alpha));
    return scale * choose(x <= 0.0f, negative, x);
}

#endif
