/* What is done to a clip's finished rows (frames x coefficients): deltas and normalisation. */

static float *row_at(const framed_clip *clip, ptrdiff_t t)
{
    const ptrdiff_t last = clip->frames - 1; /* the ends are repeated */
    return clip->out + (t < 0 ? 0 : t > last ? last : t) * clip->out_stride;
}

/* Columns to .. to+n-1 of every row become the slope of columns from .. from+n-1. */
static void slope(const framed_clip *clip, int from, int to, int n, int width)
{
    float norm = 0.0f;
    for (int w = 1; w <= width; w++) norm += 2.0f * w * w;
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        float *restrict d = row_at(clip, t) + to;
        const float *a = row_at(clip, t - 1) + from, *b = row_at(clip, t + 1) + from;
        for (int c = 0; c < n; c++) d[c] = b[c] - a[c];
        for (int w = 2; w <= width; w++) {
            a = row_at(clip, t - w) + from, b = row_at(clip, t + w) + from;
            for (int c = 0; c < n; c++) d[c] += w * (b[c] - a[c]);
        }
        if (width)
            for (int c = 0; c < n; c++) d[c] /= norm;
    }
}

/* Subtract each column's mean; with `scale` also divide by its deviation (at least 1e-5). */
static void normalise(const framed_clip *clip, int n, int scale, double *restrict sums)
{
    double *restrict mean = sums, *restrict square = sums + n;
    memset(sums, 0, 2 * n * sizeof(double));
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        const float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) mean[c] += x[c];
    }
    for (int c = 0; c < n; c++) mean[c] /= (double)clip->frames;
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) {
            const double y = x[c] - mean[c];
            square[c] += y * y;
            x[c] = (float)y;
        }
    }
    if (!scale) return;
    for (int c = 0; c < n; c++) {
        const double variance = square[c] / (double)clip->frames;
        square[c] = 1.0 / sqrt(variance < 1e-10 ? 1e-10 : variance); /* NaN stays NaN */
    }
    for (ptrdiff_t t = 0; t < clip->frames; t++) {
        float *x = row_at(clip, t);
        for (int c = 0; c < n; c++) x[c] = (float)(x[c] * square[c]);
    }
}

static void finish_rows(const framed_plan *plan, const framed_clip *clip, double *sums)
{
    const int n = plan->statics;
    if (clip->frames == 0) return;
    for (int order = 1; order <= plan->o.deltas; order++)
        slope(clip, (order - 1) * n, order * n, n, plan->o.delta_width);
    if (plan->o.normalize)
        normalise(clip, n * (1 + plan->o.deltas), plan->o.normalize == 2, sums);
}
