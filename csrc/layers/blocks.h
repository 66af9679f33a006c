/* A matrix in blocks of as many columns as a tile is wide, with zeros behind the last column: an
 * array of blocks x rows x block. And memory that is aligned for vectors. */
#ifndef SPOOFJAX_LAYERS_BLOCKS_H
#define SPOOFJAX_LAYERS_BLOCKS_H

#include <stddef.h>
#include <stdlib.h>

enum { VECTORS = 4 }; /* the width of a tile */

/* Allocate floats, 64-byte aligned; NULL when memory is short. */
static inline float *floats(size_t count)
{
    return aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
}

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t rounded_up(ptrdiff_t n, ptrdiff_t to) { return (n + to - 1) / to * to; }

/* Return a rows x columns matrix in blocks, which the caller frees; NULL when memory is short. */
float *in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t block);

/* Return the transpose of a columns x rows matrix in blocks, likewise. */
float *transposed_in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns,
                            ptrdiff_t block);

/* Add rows first .. first+rows-1 of a matrix in blocks, which has `depth` rows, to a matrix `to` of
 * rows x columns. */
void add_from_blocks(const float *blocks, ptrdiff_t depth, ptrdiff_t first, ptrdiff_t rows,
                     ptrdiff_t columns, ptrdiff_t block, float *to);

#endif
