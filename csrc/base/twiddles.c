#include "twiddles.h"

#include <math.h>

/* Decimation in frequency leaves the bins k with k mod 4 = r in quarter r. The last stage may have
 * two halves instead. */
static void order(int *bin, int n, int first, int step)
{
    if (n == 1) {
        *bin = first;
        return;
    }
    const int radix = n == 2 ? 2 : 4;
    for (int r = 0; r < radix; r++)
        order(bin + r * (n / radix), n / radix, first + r * step, radix * step);
}

void transform_order(int *bin, int n) { order(bin, n, 0, 1); }

void transform_twiddles(float *w, int n)
{
    for (int m = n; m >= 4; m /= 4)
        for (int j = 0; j < m / 4; j++)
            for (int power = 1; power <= 3; power++) {
                const double angle = 2 * 3.14159265358979323846 * j * power / m;
                *w++ = (float)cos(angle);
                *w++ = (float)-sin(angle);
            }
}
