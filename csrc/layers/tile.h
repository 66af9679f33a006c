/* Products of tiles that fit in the registers: TILE_ROWS rows times four vectors. */
#ifndef SPOOFJAX_TILE_H
#define SPOOFJAX_TILE_H

#include "base/lanes.h"
#include "share.h"

#include <string.h>

#if LANES == 16
enum { TILE_ROWS = 6 };
#else
enum { TILE_ROWS = 3 };
#endif

/* sums[r][v] += sum over k < n of left[r][k] * right[k][v]. There is one function per number of
 * rows, so that the compiler can keep all sums in registers. */
INLINE void multiply_add(const int rows, V sums[TILE_ROWS][VECTORS],
                         const float *const left[TILE_ROWS], const float *right, ptrdiff_t n)
{
    V s[TILE_ROWS][VECTORS];
    const float *x[TILE_ROWS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
        x[r] = left[r];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) s[r][v] = sums[r][v];
    }
    for (ptrdiff_t k = 0; k < n; k++, right += VECTORS * LANES) {
        V w[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) w[v] = *(const V *)(right + v * LANES);
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const V k_of_row = S(x[r][k]);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) s[r][v] = FMA(k_of_row, w[v], s[r][v]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) sums[r][v] = s[r][v];
}

#define FEW(n) ((n) < TILE_ROWS ? (n) : TILE_ROWS)
#define PRODUCT(n)                                                                           \
    static NOINLINE void product_##n(V sums[TILE_ROWS][VECTORS],                             \
                                     const float *const left[TILE_ROWS], const float *right, \
                                     ptrdiff_t depth)                                        \
    {                                                                                        \
        multiply_add(FEW(n), sums, left, right, depth);                                      \
    }
PRODUCT(1)
PRODUCT(2)
PRODUCT(3)
PRODUCT(4)
PRODUCT(5)
PRODUCT(6)

typedef void (*product)(V (*)[VECTORS], const float *const *, const float *, ptrdiff_t);
static const product products[] = {0,         product_1, product_2, product_3,
                                   product_4, product_5, product_6};

/* Rows of the next tile when `left` rows remain. The tiles are as equal as possible, because a tile
 * of few rows is slow. */
INLINE ptrdiff_t next_rows(ptrdiff_t left)
{
    const ptrdiff_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
    return (left + tiles - 1) / tiles;
}

/* Load or store at most the first n values of a vector. */
static V load_some(const float *from, ptrdiff_t n)
{
    V x = {0};
    if (n >= LANES) return load(from);
    if (n > 0) memcpy(&x, from, n * sizeof *from);
    return x;
}

static void store_some(float *to, V x, ptrdiff_t n)
{
    if (n >= LANES) store(to, x);
    else if (n > 0) memcpy(to, &x, n * sizeof *to);
}

/* Store the first `columns` values of one row of a tile. */
static void store_frame(const V *sums, float *to, ptrdiff_t columns)
{
    for (int v = 0; v < VECTORS; v++) store_some(to + v * LANES, sums[v], columns - v * LANES);
}

/* ---- sums over the rows of two matrices: gradients of weights */

/* Add the products of `rows` columns of left with the four vectors of right, summed over n rows. */
INLINE void sum_products(const int rows, const float *left, ptrdiff_t stride, const V *right,
                         ptrdiff_t n, V *to)
{
    V sums[TILE_ROWS][VECTORS];
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) sums[r][v] = to[r * VECTORS + v];
    for (ptrdiff_t t = 0; t < n; t++, left += stride, right += VECTORS) {
        V w[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) w[v] = right[v];
#pragma GCC unroll 8
        for (int r = 0; r < rows; r++) {
            const V k = S(left[r]);
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) sums[r][v] = FMA(k, w[v], sums[r][v]);
        }
    }
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) to[r * VECTORS + v] = sums[r][v];
}

#define SUMS(n)                                                                        \
    static NOINLINE void sums_##n(const float *left, ptrdiff_t stride, const V *right, \
                                  ptrdiff_t count, V *to)                              \
    {                                                                                  \
        sum_products(FEW(n), left, stride, right, count, to);                          \
    }
SUMS(1)
SUMS(2)
SUMS(3)
SUMS(4)
SUMS(5)
SUMS(6)

typedef void (*sum)(const float *, ptrdiff_t, const V *, ptrdiff_t, V *);
static const sum sums[] = {0, sums_1, sums_2, sums_3, sums_4, sums_5, sums_6};

/* Add the product of the transpose of left and right to `to`. left is n x depth, its rows `stride`
 * apart; right is n x columns; `to` is depth x columns in blocks of four vectors. n is at most
 * CHUNK, so that a block of right stays in the cache. */
static void add_gradient(const float *left, ptrdiff_t stride, ptrdiff_t depth, const float *right,
                         ptrdiff_t columns, ptrdiff_t n, float *to)
{
    const ptrdiff_t block = VECTORS * LANES;
    V panel[CHUNK * VECTORS];
    for (ptrdiff_t column = 0; column < columns; column += block) {
        const ptrdiff_t width = columns - column < block ? columns - column : block;
        if (width < block) memset(panel, 0, sizeof panel);
        for (ptrdiff_t t = 0; t < n; t++)
            memcpy(panel + t * VECTORS, right + t * columns + column, width * sizeof *right);
        ptrdiff_t rows;
        for (ptrdiff_t row = 0; row < depth; row += rows) {
            rows = next_rows(depth - row);
            sums[rows](left + row, stride, panel, n, (V *)(to + column * depth) + row * VECTORS);
        }
    }
}

#endif
