/* Tables of the transforms in transform.h. */
#ifndef SPOOFJAX_TWIDDLES_H
#define SPOOFJAX_TWIDDLES_H

/* Fill bin[0 .. n-1] with the bin at each position of the transform's order. */
void transform_order(int *bin, int n);

/* Per stage m = n, n/4, ... >= 4 write w^j, w^2j and w^3j for j < m/4, w = e^-i2pi/m: real and
 * imaginary parts, at most 2 n floats. */
void transform_twiddles(float *w, int n);

#endif
