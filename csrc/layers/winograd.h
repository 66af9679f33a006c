/* Four neighbouring outputs of a convolution with three taps from six products instead of twelve:
 * F(4, 3) of Winograd's algorithm with the points 0, 1, -1, 2, -2 and infinity (Lavin and Gray,
 * 2015, arXiv 1509.09308).
 *
 * With d six inputs, g the taps and y the outputs: y = A' ((G g) (B' d)), where the product is by
 * components. The derivative by g is G' ((A dy) (B' d)), summed over all groups of four. */
#ifndef SPOOFJAX_WINOGRAD_H
#define SPOOFJAX_WINOGRAD_H

#include "base/lanes.h"
#include "share.h"

/* B' d */
INLINE void transform_inputs(const V d[COMPONENTS], V to[COMPONENTS])
{
    const V outer = FMA(d[2], S(-4.0f), d[4]), inner = FMA(d[1], S(-4.0f), d[3]);
    const V even = d[4] - d[2], odd = 2.0f * (d[3] - d[1]);
    to[0] = FMA(d[0], S(4.0f), FMA(d[2], S(-5.0f), d[4]));
    to[1] = outer + inner;
    to[2] = outer - inner;
    to[3] = even + odd;
    to[4] = even - odd;
    to[5] = FMA(d[1], S(4.0f), FMA(d[3], S(-5.0f), d[5]));
}

/* A' m */
INLINE void transform_outputs(const V m[COMPONENTS], V y[QUAD])
{
    const V sum = m[1] + m[2], difference = m[1] - m[2];
    const V sum_2 = m[3] + m[4], difference_2 = m[3] - m[4];
    y[0] = m[0] + sum + sum_2;
    y[1] = FMA(difference_2, S(2.0f), difference);
    y[2] = FMA(sum_2, S(4.0f), sum);
    y[3] = FMA(difference_2, S(8.0f), difference) + m[5];
}

/* A dy */
INLINE void transform_slopes(const V dy[QUAD], V to[COMPONENTS])
{
    const V even = dy[0] + dy[2], odd = dy[1] + dy[3];
    const V even_2 = FMA(dy[2], S(4.0f), dy[0]);
    const V odd_2 = FMA(dy[3], S(8.0f), 2.0f * dy[1]);
    to[0] = dy[0];
    to[1] = even + odd;
    to[2] = even - odd;
    to[3] = even_2 + odd_2;
    to[4] = even_2 - odd_2;
    to[5] = dy[3];
}

#endif
