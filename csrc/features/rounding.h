/* Standardised features in bfloat16, as they are sent to a device that computes in it. */
#ifndef SPOOFJAX_ROUNDING_H
#define SPOOFJAX_ROUNDING_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const float *features; /* items x rows x coefficients, contiguous */
    ptrdiff_t items, rows, coefficients;
    const float *mean, *deviation; /* one per coefficient */
    uint16_t *out;                 /* the bits of bfloat16, in the shape of `features` */
} rounding_batch;

/* out = (features - mean) / deviation, computed in float32 and rounded to the nearest bfloat16, to
 * even at ties; NaN stays NaN. Returns 0, or -1 when memory is short. */
int rounding_run(const rounding_batch *batch, int threads);

#endif
