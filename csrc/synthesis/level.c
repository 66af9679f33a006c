/* Mean and level of a clip. */
#include "attacks.h"

#include <math.h>

/* Sums that are added side by side, so that a compiler makes vectors of them. */
enum { SUMS = 16 };

/* The sum of (x - mean)^power, power 1 or 2. */
static inline double moment(const float *x, ptrdiff_t n, double mean, int power)
{
    double sums[SUMS] = {0.0}, total = 0.0;
    ptrdiff_t t = 0;
    for (; t + SUMS <= n; t += SUMS)
        for (int i = 0; i < SUMS; i++) {
            const double d = x[t + i] - mean;
            sums[i] += power == 2 ? d * d : d;
        }
    for (; t < n; t++) sums[0] += power == 2 ? (x[t] - mean) * (x[t] - mean) : x[t] - mean;
    for (int i = 0; i < SUMS; i++) total += sums[i];
    return total;
}

void level_of(const float *samples, ptrdiff_t length, double *mean, double *rms)
{
    *mean = moment(samples, length, 0.0, 1) / (double)length;
    *rms = sqrt(moment(samples, length, *mean, 2) / (double)length);
}
