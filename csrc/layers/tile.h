/* Products of tiles that stay in registers: TILE_ROWS rows times four vectors. */

enum { VECTORS = 4 };

/* sums[r][v] += sum over k < n of left[r][k] * right[k][v]. Functions of their own, one per number of
 * rows, so that the compiler has all registers for the sums. */
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
#define PRODUCT(n)                                                                              \
    static NOINLINE void product_##n(V sums[TILE_ROWS][VECTORS],                                \
                                     const float *const left[TILE_ROWS], const float *right,    \
                                     ptrdiff_t depth)                                           \
    {                                                                                           \
        multiply_add(FEW(n), sums, left, right, depth);                                         \
    }
PRODUCT(1) PRODUCT(2) PRODUCT(3) PRODUCT(4) PRODUCT(5) PRODUCT(6)

typedef void (*product)(V (*)[VECTORS], const float *const *, const float *, ptrdiff_t);
static const product products[] = {0, product_1, product_2, product_3, product_4, product_5, product_6};

/* Rows of the next tile of `left` rows: as even as may be, so that none is left too thin. */
INLINE ptrdiff_t next_rows(ptrdiff_t left)
{
    const ptrdiff_t tiles = (left + TILE_ROWS - 1) / TILE_ROWS;
    return (left + tiles - 1) / tiles;
}

