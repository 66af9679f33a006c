/* Complex Fourier transforms of n points, a power of 2 >= 8, one per lane, in place: x[2 i] and
 * x[2 i + 1] are the real and imaginary parts of value i in every lane. Decimation in frequency
 * leaves the bins in the order of transform_order. The inverse takes them in that order: it is the
 * adjoint, stage by stage, so nothing is ever reordered. Neither has the factor 1 / n. `w` has the
 * values of transform_twiddles. */
#ifndef SPOOFJAX_TRANSFORM_H
#define SPOOFJAX_TRANSFORM_H

#include "lanes.h"

/* One stage: from each four values n/4 apart, raised to `power`, compute the inputs of the four
 * transforms of a quarter of the length. `to` may be x. */
INLINE void split_power(const V *x, V *to, const float *w, ptrdiff_t n, int power)
{
    for (ptrdiff_t j = 0; j < n / 2; j += 2, w += 6) {
        V z[4][2];
        for (int k = 0; k < 4; k++) {
            const V re = x[k * (n / 2) + j], im = x[k * (n / 2) + j + 1];
            z[k][0] = re, z[k][1] = im;
            for (int i = 1; i < power; i++) z[k][0] *= re, z[k][1] *= im;
        }
        const V s_re = z[0][0] + z[2][0], s_im = z[0][1] + z[2][1];
        const V t_re = z[0][0] - z[2][0], t_im = z[0][1] - z[2][1];
        const V u_re = z[1][0] + z[3][0], u_im = z[1][1] + z[3][1];
        const V v_re = z[1][1] - z[3][1], v_im = z[3][0] - z[1][0]; /* -i (b - d) */
        const V p_re = t_re + v_re, p_im = t_im + v_im;
        const V q_re = s_re - u_re, q_im = s_im - u_im;
        const V r_re = t_re - v_re, r_im = t_im - v_im;
        V *a = to + j, *b = a + n / 2, *c = b + n / 2, *d = c + n / 2;
        a[0] = s_re + u_re, a[1] = s_im + u_im;
        b[0] = FMS(p_re, S(w[0]), p_im * S(w[1])), b[1] = FMA(p_re, S(w[1]), p_im * S(w[0]));
        c[0] = FMS(q_re, S(w[2]), q_im * S(w[3])), c[1] = FMA(q_re, S(w[3]), q_im * S(w[2]));
        d[0] = FMS(r_re, S(w[4]), r_im * S(w[5])), d[1] = FMA(r_re, S(w[5]), r_im * S(w[4]));
    }
}

INLINE void split(V *x, const float *w, ptrdiff_t n) { split_power(x, x, w, n, 1); }

/* The adjoint of split. */
INLINE void join(V *restrict x, const float *w, ptrdiff_t n)
{
    V *restrict a = x, *restrict b = a + n / 2, *restrict c = b + n / 2, *restrict d = c + n / 2;
    for (ptrdiff_t j = 0; j < n / 2; j += 2, w += 6) {
        const V p_re = FMA(b[j], S(w[0]), b[j + 1] * S(w[1]));
        const V p_im = FMS(b[j + 1], S(w[0]), b[j] * S(w[1]));
        const V q_re = FMA(c[j], S(w[2]), c[j + 1] * S(w[3]));
        const V q_im = FMS(c[j + 1], S(w[2]), c[j] * S(w[3]));
        const V r_re = FMA(d[j], S(w[4]), d[j + 1] * S(w[5]));
        const V r_im = FMS(d[j + 1], S(w[4]), d[j] * S(w[5]));
        const V s_re = a[j] + q_re, s_im = a[j + 1] + q_im;
        const V t_re = p_re + r_re, t_im = p_im + r_im;
        const V u_re = a[j] - q_re, u_im = a[j + 1] - q_im;
        const V v_re = r_im - p_im, v_im = p_re - r_re; /* i (p - r) */
        a[j] = s_re + t_re, a[j + 1] = s_im + t_im;
        b[j] = u_re + v_re, b[j + 1] = u_im + v_im;
        c[j] = s_re - t_re, c[j + 1] = s_im - t_im;
        d[j] = u_re - v_re, d[j + 1] = u_im - v_im;
    }
}

/* The transform of two values, which is its own adjoint. */
INLINE void pair(V *x)
{
    const V re = x[0], im = x[1];
    x[0] = re + x[2], x[1] = im + x[3];
    x[2] = re - x[2], x[3] = im - x[3];
}

/* The last stage and its adjoint: four values, all twiddles 1. */
INLINE void split_four(V *x)
{
    const V s_re = x[0] + x[4], s_im = x[1] + x[5], t_re = x[0] - x[4], t_im = x[1] - x[5];
    const V u_re = x[2] + x[6], u_im = x[3] + x[7], v_re = x[3] - x[7], v_im = x[6] - x[2];
    x[0] = s_re + u_re, x[1] = s_im + u_im, x[2] = t_re + v_re, x[3] = t_im + v_im;
    x[4] = s_re - u_re, x[5] = s_im - u_im, x[6] = t_re - v_re, x[7] = t_im - v_im;
}

INLINE void join_four(V *x)
{
    const V s_re = x[0] + x[4], s_im = x[1] + x[5], u_re = x[0] - x[4], u_im = x[1] - x[5];
    const V t_re = x[2] + x[6], t_im = x[3] + x[7], v_re = x[7] - x[3], v_im = x[2] - x[6];
    x[0] = s_re + t_re, x[1] = s_im + t_im, x[2] = u_re + v_re, x[3] = u_im + v_im;
    x[4] = s_re - t_re, x[5] = s_im - t_im, x[6] = u_re - v_re, x[7] = u_im - v_im;
}

/* Depth first, so that the shorter transforms find their values in the nearest cache. */
static void forward_stages(V *x, const float *w, ptrdiff_t n)
{
    if (n == 8) {
        split(x, w, 8);
        for (int quarter = 0; quarter < 4; quarter++) pair(x + 4 * quarter);
    } else if (n == 16) {
        split(x, w, 16);
        for (int quarter = 0; quarter < 4; quarter++) split_four(x + 8 * quarter);
    } else {
        split(x, w, n);
        for (int quarter = 0; quarter < 4; quarter++)
            forward_stages(x + quarter * (n / 2), w + 6 * (n / 4), n / 4);
    }
}

static void inverse_stages(V *x, const float *w, ptrdiff_t n)
{
    if (n == 8) {
        for (int quarter = 0; quarter < 4; quarter++) pair(x + 4 * quarter);
        join(x, w, 8);
    } else if (n == 16) {
        for (int quarter = 0; quarter < 4; quarter++) join_four(x + 8 * quarter);
        join(x, w, 16);
    } else {
        for (int quarter = 0; quarter < 4; quarter++)
            inverse_stages(x + quarter * (n / 2), w + 6 * (n / 4), n / 4);
        join(x, w, n);
    }
}

#endif
