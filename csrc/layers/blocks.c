#include "blocks.h"

#include <string.h>

float *in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t block)
{
    float *blocks = floats(rows * rounded_up(columns, block)), *to = blocks;
    if (!blocks) return NULL;
    for (ptrdiff_t column = 0; column < columns; column += block) {
        const ptrdiff_t width = smaller(block, columns - column);
        for (ptrdiff_t row = 0; row < rows; row++, to += block) {
            memcpy(to, matrix + row * columns + column, width * sizeof *to);
            memset(to + width, 0, (block - width) * sizeof *to);
        }
    }
    return blocks;
}

float *transposed_in_blocks(const float *matrix, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t block)
{
    const ptrdiff_t padded = rounded_up(columns, block);
    float *blocks = floats(rows * padded);
    if (!blocks) return NULL;
    for (ptrdiff_t column = 0; column < padded; column++) {
        float *to = blocks + column / block * block * rows + column % block;
        for (ptrdiff_t row = 0; row < rows; row++)
            to[row * block] = column < columns ? matrix[column * rows + row] : 0.0f;
    }
    return blocks;
}

void add_from_blocks(const float *blocks, ptrdiff_t depth, ptrdiff_t first, ptrdiff_t rows,
                     ptrdiff_t columns, ptrdiff_t block, float *to)
{
    for (ptrdiff_t column = 0; column < columns; column += block)
        for (ptrdiff_t row = 0; row < rows; row++) {
            const float *from = blocks + column * depth + (first + row) * block;
            const ptrdiff_t width = smaller(block, columns - column);
            for (ptrdiff_t k = 0; k < width; k++) to[row * columns + column + k] += from[k];
        }
}
