/* From samples to features for one clip: the source of all three kernels.
 *
 * Each kernel_*.c compiles it for one number of lanes. A group is LANES successive frames; every
 * step up to the rows of the output computes a whole group. */
#ifndef SPOOFJAX_FEATURES_KERNEL_H
#define SPOOFJAX_FEATURES_KERNEL_H

#include "base/lanes.h"
#include "fft_generated.h"
#include "plan.h"
#include "rows.h"

#include <string.h>

/* The scratch memory of one clip, all of it aligned to a vector. */
typedef struct {
    V *frame;     /* sample i of the group's frames; later, in the same place, their spectrum */
    V *bands;     /* after the filter bank */
    V *statics;   /* after the cosine transform */
    float *raw;   /* samples as float, from one before the group on */
    float *ready; /* the group's samples, pre-emphasised; zeros outside the clip */
    double *sums; /* two per coefficient, for normalisation */
} buffers;

INLINE ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t step) { return (n + step - 1) / step * step; }

/* The number of samples that cut_frames may read, from the first sample of the group on. */
INLINE ptrdiff_t span(const framed_plan *plan)
{
    return (LANES - 1) * (ptrdiff_t)plan->o.hop + round_up(plan->o.frame_length, LANES);
}

static buffers lay_out(const framed_plan *plan, char *at)
{
    const size_t v = sizeof(V);
    buffers r;
    r.frame = (V *)at, at += plan->o.fft * v;
    r.bands = (V *)at, at += (plan->bands + LANES) * v;
    r.statics = (V *)at, at += (plan->statics + LANES) * v;
    r.raw = (float *)at, at += round_up(span(plan) + 1, 16) * sizeof(float);
    r.ready = (float *)at, at += round_up(span(plan), 16) * sizeof(float);
    r.sums = (double *)at;
    return r;
}

/* Copy samples first .. first+count-1 of the clip as floats. All of them lie within the clip. */
static void fetch(const framed_clip *clip, ptrdiff_t first, ptrdiff_t count, float *to)
{
    if (clip->int16) {
        const int16_t *from = (const int16_t *)clip->samples + first * clip->stride;
        if (clip->stride == 1)
            for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i] * (1.0f / 32768);
        else
            for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * clip->stride] * (1.0f / 32768);
    } else {
        const float *from = (const float *)clip->samples + first * clip->stride;
        for (ptrdiff_t i = 0; i < count; i++) to[i] = from[i * clip->stride];
    }
}

/* The samples of a group from `first` on, which may be negative, ready to be cut into frames. */
static const float *samples_of_group(const framed_plan *plan, const framed_clip *clip,
                                     ptrdiff_t first, const buffers *r)
{
    const ptrdiff_t count = span(plan);
    const float a = plan->o.pre_emphasis_frames ? 0.0f : plan->o.pre_emphasis;
    const int flat = !clip->int16 && clip->stride == 1;
    if (flat && a == 0.0f && first >= 0 && first + count <= clip->length)
        return (const float *)clip->samples + first;

    ptrdiff_t begin = first < 0 ? -first : 0, end = clip->length - first;
    if (begin > count) begin = count;
    if (end > count) end = count;
    if (end < begin) end = begin;
    memset(r->ready, 0, begin * sizeof(float));
    memset(r->ready + end, 0, (count - end) * sizeof(float));
    if (end == begin) return r->ready;
    if (a == 0.0f) {
        fetch(clip, first + begin, end - begin, r->ready + begin);
        return r->ready;
    }
    const ptrdiff_t before = first + begin > 0; /* the clip's first sample has no predecessor */
    const float *x = (const float *)clip->samples + first + begin;
    if (!flat) {
        fetch(clip, first + begin - before, end - begin + before, r->raw);
        x = r->raw + before;
    }
    float *y = r->ready + begin;
    y[0] = before ? x[0] - a * x[-1] : x[0];
    for (ptrdiff_t i = 1; i < end - begin; i++) y[i] = x[i] - a * x[i - 1];
    return r->ready;
}

/* Lane j of frame[i] becomes x[j*hop + i]. Only the first hop samples are transposed: sample i +
 * hop of a frame is sample i of the next frame, so the other vectors are earlier ones, shifted by a
 * lane. */
static NOINLINE void cut_frames(const framed_plan *plan, const float *x, V *restrict frame)
{
    const ptrdiff_t n = plan->o.frame_length, hop = plan->o.hop;
    const ptrdiff_t fresh = round_up(hop < n ? hop : n, 4);
    for (ptrdiff_t i = 0; i < fresh; i += 4) load_columns(x + i, hop, frame + i);
    const float *last = x + (LANES - 1) * hop;
    for (ptrdiff_t i = fresh; i < n; i++) frame[i] = shift_in(frame[i - hop], last + i);
    for (ptrdiff_t i = n; i < plan->live * COLUMNS; i++) frame[i] = (V){0};
}

static NOINLINE void remove_dc(V *frame, ptrdiff_t n)
{
    V sum = {0};
    for (ptrdiff_t i = 0; i < n; i++) sum += frame[i];
    const V mean = sum / (float)n;
    for (ptrdiff_t i = 0; i < n; i++) frame[i] -= mean;
}

static NOINLINE void emphasise(V *frame, ptrdiff_t n, float a)
{
    for (ptrdiff_t i = n - 1; i > 0; i--) frame[i] = FNMA(frame[i - 1], S(a), frame[i]);
    frame[0] = FNMA(frame[0], S(a), frame[0]);
}

/* Memory that is needed soon, in cache lines: samples of the next group, rows of this one. */
typedef struct {
    const char *read, *write;
    ptrdiff_t read_lines, write_lines;
} ahead;

enum { LINE = 64 };

static ahead look_ahead(const framed_plan *plan, const framed_clip *clip, ptrdiff_t t)
{
    const ptrdiff_t hop = plan->o.hop, item = clip->int16 ? 2 : 4, left = clip->frames - t;
    const ptrdiff_t begin = t * hop - plan->pad + span(plan), rows = left < LANES ? left : LANES;
    ahead soon = {.read = clip->samples, .write = (const char *)(clip->out + t * clip->out_stride)};
    if (clip->stride == 1 && begin > 0 && begin < clip->length) {
        const ptrdiff_t rest = clip->length - begin;
        const ptrdiff_t count = rest < LANES * hop ? rest : LANES * hop;
        soon.read += begin * item;
        soon.read_lines = count * item / LINE;
    }
    if (clip->out_stride > 0) soon.write_lines = rows * clip->out_stride * 4 / LINE;
    return soon;
}

/* Prefetch a sixteenth of it with every column: the caches are slower than the arithmetic. */
INLINE void fetch_share(const ahead *a, int column)
{
    for (ptrdiff_t i = column; i < a->read_lines; i += COLUMNS)
        __builtin_prefetch(a->read + LINE * i, 0, 3);
    for (ptrdiff_t i = column; i < a->write_lines; i += COLUMNS)
        __builtin_prefetch(a->write + LINE * i, 1, 3);
}

static void transform_columns(const framed_plan *plan, V *frame, ahead soon)
{
    for (int c = 0; c < COLUMNS; c++) {
        fetch_share(&soon, c);
        columns[plan->column].run(frame + c, plan->window + c);
    }
}

/* Leave |X|^2 of bin k at plan->places[k]. */
static void transform_rows(const framed_plan *plan, V *frame)
{
    const int n1 = plan->n1;
    /* Downwards: the next step begins with the lowest bins, which are then still in the cache. */
    power_middle(frame + (n1 - 1) * COLUMNS);
    for (int k = n1 / 2 - 1; k > 0; k--)
        power_16(frame + (2 * k - 1) * COLUMNS, plan->twiddles + COLUMNS * (k - 1));
    power_first(frame);
}

/* Samples of the frames -> |X|^2 or |X|, in the same memory, bin k at plan->places[k]. */
static void transform(const framed_plan *plan, V *frame, ahead soon)
{
    transform_columns(plan, frame, soon);
    transform_rows(plan, frame);
    if (plan->o.magnitude)
        for (int k = 0; k < plan->bins; k++) frame[plan->places[k]] = SQRT(frame[plan->places[k]]);
}

static NOINLINE void filter(const framed_plan *plan, const V *spectrum, V *restrict bands)
{
    V shared = {0}; /* what the taps of the last filter give to this one */
    for (int b = 0; b < plan->bands; b++) {
        const framed_tap *tap = plan->filters[b].taps, *end = tap + plan->filters[b].count;
        V own0 = {0}, own1 = {0}, next0 = {0}, next1 = {0};
        for (; tap + 2 <= end; tap += 2) {
            const V x0 = spectrum[tap[0].place], x1 = spectrum[tap[1].place];
            own0 = FMA(x0, S(tap[0].weight), own0), next0 = FMA(x0, S(tap[0].next), next0);
            own1 = FMA(x1, S(tap[1].weight), own1), next1 = FMA(x1, S(tap[1].next), next1);
        }
        if (tap < end) {
            const V x = spectrum[tap->place];
            own0 = FMA(x, S(tap->weight), own0), next0 = FMA(x, S(tap->next), next0);
        }
        bands[b] = shared + (own0 + own1);
        shared = next0 + next1;
    }
}

/* Without filters: the bins in their own order. */
static NOINLINE void put_in_order(const framed_plan *plan, const V *spectrum, V *restrict bands)
{
    for (int k = 0; k < plan->bins; k++) bands[k] = spectrum[plan->places[k]];
}

static NOINLINE void take_log(const framed_options *o, V *x, int n)
{
    const V eps = S(o->eps), floor = S(o->floor), scale = S(o->log_scale);
    for (int i = 0; i < n; i++) x[i] = scale * logarithm(at_least(x[i] + eps, floor));
}

/* The log of the summed spectrum / fft. */
static V log_energy(const framed_plan *plan, const V *spectrum)
{
    V s[4] = {{0}};
    for (int k = 0; k + 1 < plan->bins; k += 4)
        for (int j = 0; j < 4; j++) s[j] += spectrum[plan->places[k + j]];
    const V half = spectrum[plan->places[plan->bins - 1]];
    V energy = ((s[0] + s[1]) + (s[2] + s[3]) + half) * (1.0f / plan->o.fft);
    take_log(&plan->o, &energy, 1);
    return energy;
}

/* out = n rows of the matrix times x. All n sums stay in registers. */
INLINE void multiply_rows(const float *matrix, int n, int inner, const V *x, V *out)
{
    V sums[8] = {{0}};
    for (int i = 0; i < inner; i++)
#pragma GCC unroll 8
        for (int j = 0; j < n; j++) sums[j] = FMA(x[i], S(matrix[j * inner + i]), sums[j]);
#pragma GCC unroll 8
    for (int j = 0; j < n; j++) out[j] = sums[j];
}

/* out = matrix (rows x inner) times x, eight rows at a time: two multiply-adds can begin in every
 * cycle and take four, so fewer than eight sums would wait for each other. */
static NOINLINE void multiply(const float *matrix, int rows, int inner, const V *x, V *out)
{
    int r = 0;
    for (; r + 8 <= rows; r += 8)
        multiply_rows(matrix + (ptrdiff_t)r * inner, 8, inner, x, out + r);
    for (; r + 4 <= rows; r += 4)
        multiply_rows(matrix + (ptrdiff_t)r * inner, 4, inner, x, out + r);
    for (; r < rows; r++) multiply_rows(matrix + (ptrdiff_t)r * inner, 1, inner, x, out + r);
}

/* Transpose values by coefficient into `live` rows, one per frame. */
static NOINLINE void write_rows(const V *values, int n, float *out, ptrdiff_t stride, int live)
{
    for (int c = 0; c < n; c += LANES) {
        V block[LANES];
#pragma GCC unroll 16
        for (int j = 0; j < LANES; j++) block[j] = values[c + j]; /* there are LANES to spare */
        transpose(block);
        if (c + LANES <= n)
            for (int j = 0; j < live; j++) store(out + j * stride + c, block[j]);
        else
            for (int j = 0; j < live; j++)
                memcpy(out + j * stride + c, &block[j], (n - c) * sizeof(float));
    }
}

void BUILD(framed_clip)(const framed_plan *plan, const framed_clip *clip, void *scratch)
{
    const framed_options *o = &plan->o;
    const buffers r = lay_out(plan, scratch);
    ptrdiff_t sloped[2] = {0, 0};
    for (ptrdiff_t t = 0; t < clip->frames; t += LANES) {
        const float *x = samples_of_group(plan, clip, t * o->hop - plan->pad, &r);
        cut_frames(plan, x, r.frame);
        if (o->remove_dc) remove_dc(r.frame, o->frame_length);
        if (o->pre_emphasis_frames) emphasise(r.frame, o->frame_length, o->pre_emphasis);
        transform(plan, r.frame, look_ahead(plan, clip, t));

        V *bands = r.bands, energy = {0};
        if (o->energy) energy = log_energy(plan, r.frame);
        (o->filters ? filter : put_in_order)(plan, r.frame, bands);
        if (o->log_scale != 0.0f) take_log(o, bands, plan->bands);

        V *statics = bands;
        if (o->cepstra) multiply(plan->dct, o->cepstra, plan->bands, bands, statics = r.statics);
        if (o->energy) statics[0] = energy;
        const ptrdiff_t end = clip->frames - t < LANES ? clip->frames : t + LANES;
        write_rows(statics, plan->statics, clip->out + t * clip->out_stride, clip->out_stride,
                   (int)(end - t));
        append_slopes(plan, clip, end, sloped);
    }
    if (o->normalize && clip->frames)
        normalise(clip, framed_coefficients(plan), o->normalize == 2, r.sums);
}

#endif
