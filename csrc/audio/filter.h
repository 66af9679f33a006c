/* Symmetric FIR filters over a whole clip by overlap-save. A filter's response is real; so one
 * complex transform serves two blocks, and its lanes 2 LANES of them. */

/* Blocks first .. first + 2 LANES - 1 of the padded clip into x, sample r of a block at row r. */
static void load_blocks(const filter_plan *p, V *x, const float *padded, ptrdiff_t first)
{
    for (int part = 0; part < 2; part++) {
        const float *start = padded + (first + part * LANES) * p->valid;
        for (int row = 0; row < p->size; row += LANES) {
            V r[LANES];
            for (int lane = 0; lane < LANES; lane++) r[lane] = load(start + lane * p->valid + row);
            transpose(r);
            for (int i = 0; i < LANES; i++) x[2 * (row + i) + part] = r[i];
        }
    }
}

/* The valid rows of x to the blocks' places in out. */
static void store_blocks(const filter_plan *p, const V *x, float *out, ptrdiff_t first)
{
    for (int part = 0; part < 2; part++) {
        float *start = out + (first + part * LANES) * p->valid;
        for (int row = 0; row < p->valid; row += LANES) {
            V r[LANES];
            for (int i = 0; i < LANES; i++) r[i] = x[2 * (p->half + row + i) + part];
            transpose(r);
            for (int lane = 0; lane < LANES; lane++) store(start + lane * p->valid + row, r[lane]);
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
        load_blocks(p, x, padded, first);
        for (int i = 0; i < orders; i++)
            add_filtered_power(p, sum, power, x, i + 1, responses + (ptrdiff_t)i * p->size);
        inverse(p, sum);
        store_blocks(p, sum, out, first);
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
