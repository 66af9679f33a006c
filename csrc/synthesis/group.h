/* What the attacks do with a group of LANES frames: memory, products with matrices, powers. */
#ifndef SPOOFJAX_GROUP_H
#define SPOOFJAX_GROUP_H

#include "base/lanes.h"
#include "plan.h"

/* The memory of one group. */
typedef struct {
    V x[PITCH_TRANSFORM]; /* frames, before and after a transform */
    V spectrum[2 * BINS];
    V source[2 * BINS]; /* the spectrum of an excitation */
    V plane[5][BINS];   /* free for any use */
    V step[MOST_SINUSOIDS], re[MOST_SINUSOIDS], im[MOST_SINUSOIDS]; /* see sinusoids.h */
} group_work;

_Static_assert(sizeof(group_work) <= WORK_VECTORS * MOST_LANES * sizeof(float), "too little work");

/* out[c] = sum over r of in[r] * matrix[r][c]. */
static void multiply(V *out, const V *in, const float *matrix, int rows, int columns)
{
    enum { BLOCK = 8 };
    int c = 0;
    for (; c + BLOCK <= columns; c += BLOCK) {
        V sum[BLOCK];
        for (int j = 0; j < BLOCK; j++) sum[j] = S(0.0f);
        for (int r = 0; r < rows; r++) {
            const float *m = matrix + (ptrdiff_t)r * columns + c;
            const V x = in[r];
#pragma GCC unroll 8
            for (int j = 0; j < BLOCK; j++) sum[j] = FMA(x, S(m[j]), sum[j]);
        }
        for (int j = 0; j < BLOCK; j++) out[c + j] = sum[j];
    }
    for (; c < columns; c++) {
        V sum = S(0.0f);
        for (int r = 0; r < rows; r++) sum = FMA(in[r], S(matrix[(ptrdiff_t)r * columns + c]), sum);
        out[c] = sum;
    }
}

/* The squared magnitudes of a spectrum. */
static void powers(const V *spectrum, V *power)
{
    for (int k = 0; k < BINS; k++)
        power[k] = FMA(spectrum[2 * k], spectrum[2 * k], spectrum[2 * k + 1] * spectrum[2 * k + 1]);
}

static void magnitudes_of(const V *spectrum, V *magnitude)
{
    powers(spectrum, magnitude);
    for (int k = 0; k < BINS; k++) magnitude[k] = SQRT(magnitude[k]);
}

/* x *= re + i im, (re, im) at x. */
INLINE void rotate(V *x, V re, V im)
{
    const V a = x[0], b = x[1];
    x[0] = FMS(a, re, b * im), x[1] = FMA(a, im, b * re);
}

#endif
