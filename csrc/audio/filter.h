/* Symmetric FIR filters over a whole clip by overlap-save. A filter's response is real; so one
 * complex transform serves two blocks, and its lanes 2 LANES of them. */

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

/* sum (+)= response * x^power; the power is taken in time, sample by sample. */
static void add_filtered_power(const filter_plan *p, V *sum, V *work, const V *x, int power,
                               const float *response)
{
    for (int row = 0; row < 2 * p->size; row++) {
        V y = x[row];
        for (int i = 1; i < power; i++) y *= x[row];
        work[row] = y;
    }
    forward(p, work);
    if (power == 1)
        for (int k = 0; k < p->size; k++) {
            const V h = S(response[k]);
            sum[2 * k] = work[2 * k] * h, sum[2 * k + 1] = work[2 * k + 1] * h;
        }
    else
        for (int k = 0; k < p->size; k++) {
            const V h = S(response[k]);
            sum[2 * k] = FMA(work[2 * k], h, sum[2 * k]);
            sum[2 * k + 1] = FMA(work[2 * k + 1], h, sum[2 * k + 1]);
        }
}

/* out = sum over i of the filter responses[i] over padded^(i+1), i < orders. `padded` has plan_padded
 * floats, sample 0 at [half]; `out` has room for all blocks; `work` for 6 size vectors. */
static void filter_clip(const filter_plan *p, float *out, const float *padded, ptrdiff_t samples,
                        const float *responses, int orders, V *work)
{
    V *x = work, *power = work + 2 * p->size, *sum = work + 4 * p->size;
    const ptrdiff_t blocks = (samples + p->valid - 1) / p->valid;
    for (ptrdiff_t first = 0; first < blocks; first += 2 * LANES) {
        const ptrdiff_t re = first * p->valid, im = re + LANES * p->valid;
        load_blocks(x, p->size, padded + re, padded + im, p->valid);
        for (int i = 0; i < orders; i++)
            add_filtered_power(p, sum, power, x, i + 1, responses + (ptrdiff_t)i * p->size);
        inverse(p, sum);
        store_blocks(sum, p->half, out + re, out + im, p->valid);
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
