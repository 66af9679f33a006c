/* A matrix in blocks of so many columns that a tile takes them at once, zeros behind the last:
 * blocks x rows x block. Memory that vectors are read from. */
#ifndef SPOOFJAX_LAYERS_BLOCKS_H
#define SPOOFJAX_LAYERS_BLOCKS_H

#include <stddef.h>
#include <stdlib.h>

enum { VECTORS = 4 }; /* that a tile is wide */

/* 64-byte aligned, never of size 0; NULL when memory is short. */
static inline float *floats(size_t count)
{
    return aligned_alloc(64, (count * sizeof(float) + 127) / 64 * 64);
}

static inline ptrdiff_t least(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t rounded_up(ptrdiff_t n, ptrdiff_t to) { return (n + to - 1) / to * to; }

/* rows x columns in blocks, to be freed; NULL when memory is short. */
float *in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t block);

/* The transpose of columns x rows in blocks, to be freed; NULL when memory is short. */
float *transposed_in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns,
                            ptrdiff_t block);

/* Add rows first .. first+rows-1 of a matrix in blocks, that has `depth` rows, to rows x columns. */
void add_from_blocks(const float *blocks, ptrdiff_t depth, ptrdiff_t first, ptrdiff_t rows,
                     ptrdiff_t columns, ptrdiff_t block, float *to);

#endif
