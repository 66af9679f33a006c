/* Impulsive, signal-dependent noise on a random share of the samples. */
#ifndef SPOOFJAX_IMPULSES_H
#define SPOOFJAX_IMPULSES_H

#include <stddef.h>
#include <stdint.h>

/* Change `count` distinct samples of x[0 .. n-1], drawn uniformly: x += gain * x * u * v with u and
 * v uniform in -1 .. 1. `marks` has (n + 63) / 64 words. */
void add_impulses(float *x, ptrdiff_t n, ptrdiff_t count, float gain, uint64_t positions,
                  uint64_t amplitudes, uint64_t *marks);

#endif
