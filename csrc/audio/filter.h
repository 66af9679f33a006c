/* Symmetric FIR filters over a whole clip by overlap-save. A symmetric filter's response is real,
 * so one complex transform filters two blocks, and the lanes of one call filter 2 LANES blocks. */
#ifndef SPOOFJAX_FILTER_H
#define SPOOFJAX_FILTER_H

#include "base/lanes.h"
#include "base/transform.h"
#include "plan.h"

static void forward(const filter_plan *p, V *x) { forward_stages(x, p->twiddles, p->size); }
static void inverse(const filter_plan *p, V *x) { inverse_stages(x, p->twiddles, p->size); }

/* Load LANES blocks of `size` samples, `stride` apart, from each of `re` and `im`. Sample r of a
 * block goes to row r of x, those from `im` to the imaginary part. */
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

/* Store rows first .. first + stride - 1 likewise; stride is a multiple of LANES. */
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

/* The first stage of the transform of x^power, the power of each sample. */
static NOINLINE void first_stage(const filter_plan *p, const V *x, int power, V *to)
{
    switch (power) { /* a constant power becomes products without a loop */
    case 1: split_power(x, to, p->twiddles, p->size, 1); break;
    case 2: split_power(x, to, p->twiddles, p->size, 2); break;
    case 3: split_power(x, to, p->twiddles, p->size, 3); break;
    case 4: split_power(x, to, p->twiddles, p->size, 4); break;
    case 5: split_power(x, to, p->twiddles, p->size, 5); break;
    default: split_power(x, to, p->twiddles, p->size, power);
    }
}

/* sum = response * x^power for power 1, otherwise sum += response * x^power. A quarter of the bins
 * at a time, so that they are still in the nearest cache when they are multiplied. */
static void add_filtered_power(const filter_plan *p, V *sum, V *work, const V *x, int power,
                               const float *response)
{
    const int quarter = p->size / 4;
    first_stage(p, x, power, work);
    for (int first = 0; first < p->size; first += quarter) {
        V *from = work + 2 * first, *to = sum + 2 * first;
        forward_stages(from, p->twiddles + 6 * quarter, quarter);
        for (int k = 0; power == 1 && k < quarter; k++) {
            const V h = S(response[first + k]);
            to[2 * k] = from[2 * k] * h, to[2 * k + 1] = from[2 * k + 1] * h;
        }
        for (int k = 0; power > 1 && k < quarter; k++) {
            const V h = S(response[first + k]);
            to[2 * k] = FMA(from[2 * k], h, to[2 * k]);
            to[2 * k + 1] = FMA(from[2 * k + 1], h, to[2 * k + 1]);
        }
    }
}

/* out = sum over i of the filter responses[i] over padded^(i+1), i < orders. They reach from -half
 * to half, at most the plan's half. The smaller half is, the fewer blocks there are; all have one
 * size and no lane is idle. `padded` has plan_padded floats, sample 0 at [p->half]; `out` as many;
 * `work` 6 size vectors. */
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

/* Put tap n of a filter into rows n and -n of a lane of x: into the real part for part 0, into the
 * imaginary part for part 1. */
static void place_taps(const filter_plan *p, V *x, int lane, int part, const float *taps, int half)
{
    float *column = (float *)x + part * LANES + lane;
    for (int n = 0; n <= half; n++) column[2 * LANES * n] = taps[n];
    for (int n = 1; n <= half; n++) column[2 * LANES * (p->size - n)] = taps[n];
}

/* Store transformed taps as responses[filter][position], where filter = part * LANES + lane. */
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
