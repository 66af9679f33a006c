/* Convolution with an impulse response of any length. Both the clip and the response are divided
 * into blocks of half a transform.
 *
 * A lane holds a pair of blocks of the clip, block j as the real part and block pairs + j as the
 * imaginary part: convolution with a real response keeps them apart. Block j of the result is the
 * sum of H[i] X[j - i] over the response's parts i. The spectra are stored bin by bin in the order
 * of j, so that this sum is a short filter along each row. */
#ifndef SPOOFJAX_ROOM_H
#define SPOOFJAX_ROOM_H

#include "base/lanes.h"
#include "clip.h"
#include "filter.h"
#include "samples.h"

#include <math.h>
#include <string.h>

/* Transform the response's parts into heads[bin][part] (complex), with the factor 1 / size. */
static void transform_response(const filter_plan *p, const room_sizes *s, const float *response,
                               ptrdiff_t length, float *heads, V *x)
{
    for (ptrdiff_t first = 0; first < s->parts; first += LANES) {
        memset(x, 0, 2 * p->size * sizeof *x);
        for (int lane = 0; lane < LANES && first + lane < s->parts; lane++) {
            const ptrdiff_t from = (first + lane) * s->block;
            for (ptrdiff_t n = 0; n < s->block && from + n < length; n++)
                ((float *)x)[2 * LANES * n + lane] = response[from + n] / (float)p->size;
        }
        forward(p, x);
        for (int k = 0; k < p->size; k++)
            for (int lane = 0; lane < LANES && first + lane < s->parts; lane++) {
                float *head = heads + 2 * (k * s->parts + first + lane);
                head[0] = x[2 * k][lane], head[1] = x[2 * k + 1][lane];
            }
    }
}

/* sum[bin] = sum over the parts i of heads[bin][i] * row[bin][-i], for LANES pairs of blocks. */
static void add_parts(const filter_plan *p, const room_sizes *s, const float *row,
                      const float *head, V *sum)
{
    for (int k = 0; k < p->size; k++, row += 2 * s->spectra, head += 2 * s->parts) {
        const float *row_im = row + s->spectra;
        V re = S(0.0f), im = S(0.0f);
        for (ptrdiff_t i = 0; i < s->parts; i++) {
            const V a = load(row - i), b = load(row_im - i);
            const V c = S(head[2 * i]), d = S(head[2 * i + 1]);
            re = FNMA(b, d, FMA(a, c, re));
            im = FMA(b, c, FMA(a, d, im));
        }
        sum[2 * k] = re, sum[2 * k + 1] = im;
    }
}

void BUILD(room_clip)(const filter_plan *p, const room_sizes *s, const float *response,
                      ptrdiff_t response_length, const clip *c, const room_buffers *b)
{
    V *x = b->work;
    const ptrdiff_t apart = s->pairs * s->block;
    transform_response(p, s, response, response_length, b->heads, x);
    for (ptrdiff_t t = 0; t < s->spectra; t += LANES) {
        const float *start = b->padded + t * s->block;
        load_blocks(x, p->size, start, start + apart, s->block);
        forward(p, x);
        for (int row = 0; row < 2 * p->size; row++)
            store(b->spectra + row * s->spectra + t, x[row]);
    }
    for (ptrdiff_t j = 0; j < s->pairs; j += LANES) {
        add_parts(p, s, b->spectra + s->parts - 1 + j, b->heads, x);
        inverse(p, x);
        float *place = b->result + j * s->block;
        store_blocks(x, (int)s->block, place, place + apart, s->block);
    }
    const float *dry = b->padded + s->parts * s->block;
    const double power = energy(b->result, c->length);
    const double gain = power > 0.0 ? sqrt(energy(dry, c->length) / power) : 0.0;
    for (ptrdiff_t t = 0; t < c->length; t++) c->out[t] = b->result[t] * (float)gain;
}

#endif
