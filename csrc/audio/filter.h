/* Symmetric FIR filters over a whole clip by overlap-save. A filter's response is real; so one
 * complex transform serves two blocks, and its lanes 2 LANES of them. */
#ifndef SPOOFJAX_FILTER_H
#define SPOOFJAX_FILTER_H

#include "base/lanes.h"
#include "plan.h"
#include "transform.h"

/* LANES blocks of `size` samples, `stride` apart, from each of two places: sample r of a block to row r
 * of x, the second place's to the imaginary part. */
static void load_blocks(V *x, int size, const float *re, const float *im, ptrdiff_t stride)
{
    for (int part = 0; part < 2; part++) {
        const float *start = part ? im : re;
        for (int row = 0; row < size; row += LANES) {
            V r[LANES];
            for (int lane = 0; lane < LANES; lane++) r[lane] = load(start + lane * stride + row);
            transpose(r);
            for (int i = 0; i < LANES; i++) x[2 * (row + i) + part] = r[i];
        }
    }
}

/* The reverse for the rows first .. first + stride - 1; stride is a multiple of LANES. */
static void store_blocks(const V *x, int first, float *re, float *im, ptrdiff_t stride)
{
    for (int part = 0; part < 2; part++) {
        float *start = part ? im : re;
        for (int row = 0; row < stride; row += LANES) {
            V r[LANES];
            for (int i = 0; i < LANES; i++) r[i] = x[2 * (first + row + i) + part];
            transpose(r);
            for (int lane = 0; lane < LANES; lane++) store(start + lane * stride + row, r[lane]);
        }
    }
}

/* The first stage of the transform of x^power, the power taken in time, sample by sample. */
static NOINLINE void first_stage(const filter_plan *p, const V *x, int power, V *to)
{
    switch (power) { /* known powers are products without a loop */
    case 1: split_power(x, to, p->twiddles, p->size, 1); break;
    case 2: split_power(x, to, p->twiddles, p->size, 2); break;
    case 3: split_power(x, to, p->twiddles, p->size, 3); break;
    case 4: split_power(x, to, p->twiddles, p->size, 4); break;
    case 5: split_power(x, to, p->twiddles, p->size, 5); break;
    default: split_power(x, to, p->twiddles, p->size, power);
    }
}

/* sum (+)= response * x^power. A quarter of the bins is multiplied while it is in the nearest cache. */
static void add_filtered_power(const filter_plan *p, V *sum, V *work, const V *x, int power,
                               const float *response)
{
    const int some = p->size / 4;
    first_stage(p, x, power, work);
    for (int first = 0; first < p->size; first += some) {
        V *from = work + 2 * first, *to = sum + 2 * first;
        forward_stages(from, p->twiddles + 6 * some, some);
        for (int k = 0; power == 1 && k < some; k++) {
            const V h = S(response[first + k]);
            to[2 * k] = from[2 * k] * h, to[2 * k + 1] = from[2 * k + 1] * h;
        }
        for (int k = 0; power > 1 && k < some; k++) {
            const V h = S(response[first + k]);
            to[2 * k] = FMA(from[2 * k], h, to[2 * k]);
            to[2 * k + 1] = FMA(from[2 * k + 1], h, to[2 * k + 1]);
        }
    }
}

/* out = sum over i of the filter responses[i] over padded^(i+1), i < orders. They reach from -half to
 * half, at most the plan's; the less that is, the fewer blocks there are, all of one size and no lane
 * idle. `padded` has plan_padded floats, sample 0 at [p->half]; `out` as many; `work` 6 size vectors. */
static void filter_clip(const filter_plan *p, float *out, const float *padded, ptrdiff_t samples,
                        const float *responses, int orders, int half, V *work)
{
    V *x = work, *power = work + 2 * p->size, *sum = work + 4 * p->size;
    const ptrdiff_t most = plan_valid(p, half);
    const ptrdiff_t blocks = (samples + 2 * LANES * most - 1) / (2 * LANES * most) * 2 * LANES;
    const ptrdiff_t valid =
        ((samples + blocks - 1) / blocks + MOST_LANES - 1) / MOST_LANES * MOST_LANES;
    const float *start = padded + p->half - half;
    for (ptrdiff_t first = 0; first < blocks; first += 2 * LANES) {
        const ptrdiff_t re = first * valid, im = re + LANES * valid;
        load_blocks(x, p->size, start + re, start + im, valid);
        for (int i = 0; i < orders; i++)
            add_filtered_power(p, sum, power, x, i + 1, responses + (ptrdiff_t)i * p->size);
        inverse(p, sum);
        store_blocks(sum, half, out + re, out + im, valid);
    }
}

/* Put tap n of a filter at rows n and -n of a lane of x: part 0 or 1 is its real or imaginary side. */
static void place_taps(const filter_plan *p, V *x, int lane, int part, const float *taps, int half)
{
    float *column = (float *)x + part * LANES + lane;
    for (int n = 0; n <= half; n++) column[2 * LANES * n] = taps[n];
    for (int n = 1; n <= half; n++) column[2 * LANES * (p->size - n)] = taps[n];
}

/* From transformed taps to responses[filter][position], filter = part * LANES + lane < filters. */
static void take_responses(const filter_plan *p, const V *x, float *responses, int filters)
{
    for (int part = 0; part < 2; part++)
        for (int k = 0; k < p->size; k += LANES) {
            V r[LANES];
            for (int i = 0; i < LANES; i++) r[i] = x[2 * (k + i) + part];
            transpose(r);
            for (int lane = 0; lane < LANES && part * LANES + lane < filters; lane++)
                store(responses + (ptrdiff_t)(part * LANES + lane) * p->size + k, r[lane]);
        }
}

#endif
