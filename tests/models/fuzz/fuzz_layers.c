/* Random layers through every kernel of this processor, compared with their formulas in double.
 *
 *     fuzz_layers SEED SECONDS     prints the number of layers; exit status 1 at a failure
 *
 * An LSTM must agree to 1e-4, a convolution to 1e-3. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "layers/conv.h"
#include "layers/lstm.h"
#include "layers/map.h"

static unsigned long long state;
static unsigned draw(unsigned below)
{
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (unsigned)(state >> 33) % below;
}

static float *random_floats(size_t count, float scale)
{
    float *x = malloc((count ? count : 1) *
                      sizeof *x); /* the exact size, so that the sanitizers see a step beyond */
    for (size_t i = 0; i < count; i++) x[i] = scale * ((int)draw(2001) - 1000) / 1000.0f;
    return x;
}

static double sigmoid(double x) { return 1 / (1 + exp(-x)); }

/* The largest difference of y from the textbook recurrence. */
static double difference(const lstm_layer *l, const float *y)
{
    const ptrdiff_t units = l->units, gates = 4 * units;
    double worst = 0, *h = calloc(units, sizeof *h), *c = calloc(units, sizeof *c);
    double *z = calloc(gates, sizeof *z);
    for (ptrdiff_t b = 0; b < l->batch; b++) {
        memset(h, 0, units * sizeof *h), memset(c, 0, units * sizeof *c);
        for (ptrdiff_t s = 0; s < l->frames; s++) {
            const ptrdiff_t t = l->reverse ? l->frames - 1 - s : s, at = b * l->frames + t;
            for (ptrdiff_t g = 0; g < gates; g++) {
                z[g] = l->bias[g];
                for (ptrdiff_t i = 0; i < l->inputs; i++)
                    z[g] += (double)l->x[at * l->inputs + i] * l->kernel[i * gates + g];
                for (ptrdiff_t u = 0; u < units; u++) z[g] += h[u] * l->recurrent[u * gates + g];
            }
            for (ptrdiff_t u = 0; u < units; u++) {
                c[u] = sigmoid(z[units + u]) * c[u] + sigmoid(z[u]) * tanh(z[2 * units + u]);
                h[u] = sigmoid(z[3 * units + u]) * tanh(c[u]);
                if (t >= l->lengths[b]) h[u] = c[u] = 0;
                worst = fmax(worst, fabs(h[u] - y[at * units + u]));
            }
        }
    }
    free(h), free(c), free(z);
    return worst;
}

/* One output of a block, from the outputs of its convolution. */
static double pooled(const conv_layer *l, const conv_block *block, const float *y, ptrdiff_t b,
                     ptrdiff_t t, ptrdiff_t o)
{
    double most = 0;
    for (ptrdiff_t k = 0; k < block->pool; k++) {
        const double x = y[(b * l->frames + t * block->pool + k) * l->outputs + o];
        const double z = x * block->factor[o] + block->shift[o];
        most = fmax(most, block->takes_magnitude ? fabs(z) : z);
    }
    return most;
}

/* The largest difference of a block from the same steps after its convolution, whose output is y. */
static double block_difference(const conv_layer *l, const float *kernel, const float *y,
                               int threads)
{
    int32_t lengths[8];
    for (int b = 0; b < l->batch; b++)
        lengths[b] = (int32_t)l->frames; /* so that y has the same input */
    float *factor = random_floats(l->outputs, 1), *shift = random_floats(l->outputs, 1);
    const conv_block block = {factor, shift, (int)draw(2), lengths, 1 + draw(8)};
    const ptrdiff_t frames = l->frames / block.pool;
    float *pooled_y = random_floats(l->batch * frames * l->outputs, 1);
    double worst = conv_forward(l, kernel, &block, pooled_y, threads) ? INFINITY : 0;
    for (ptrdiff_t i = 0; i < l->batch * frames * l->outputs; i++) {
        const ptrdiff_t b = i / (frames * l->outputs), t = i / l->outputs % frames;
        worst = fmax(worst, fabs(pooled_y[i] - pooled(l, &block, y, b, t, i % l->outputs)));
    }
    for (int b = 0; b < l->batch; b++) lengths[b] = (int32_t)draw(l->frames + 3) - 1;
    if (conv_forward(l, kernel, &block, pooled_y, threads)) worst = INFINITY;
    free(factor), free(shift), free(pooled_y);
    return worst;
}

static int one_convolution(int lanes)
{
    conv_layer l = {.batch = 1 + draw(4),
                    .frames = draw(200),
                    .inputs = 1 + draw(20),
                    .outputs = 1 + draw(80),
                    .size = 1 + draw(6),
                    .lanes = lanes};
    l.before = draw(l.size);
    const size_t in = l.batch * l.frames * l.inputs, out = l.batch * l.frames * l.outputs;
    const size_t weights = l.size * l.inputs * l.outputs;
    float *x = random_floats(in, 1), *kernel = random_floats(weights, 1),
          *y = random_floats(out, 1);
    float *dy = random_floats(out, 1), *slope = random_floats(weights, 1);
    const int threads = 1 + draw(3);
    l.x = x;
    int status = conv_forward(&l, kernel, NULL, y, threads);
    if (!status) status = conv_gradient(&l, dy, slope, threads);
    double worst = status ? 0 : block_difference(&l, kernel, y, threads);
    for (int tries = 0; tries < 20 && out; tries++) { /* one output and one weight at a time */
        ptrdiff_t b = draw(l.batch), t = draw(l.frames), o = draw(l.outputs);
        double sum = -y[(b * l.frames + t) * l.outputs + o];
        const ptrdiff_t tap = draw(l.size), input = draw(l.inputs);
        for (ptrdiff_t j = 0; j < l.size; j++)
            for (ptrdiff_t i = 0, at = t + j - l.before; i < l.inputs && at >= 0 && at < l.frames;
                 i++)
                sum += (double)x[(b * l.frames + at) * l.inputs + i] *
                       kernel[(j * l.inputs + i) * l.outputs + o];
        double slant = -slope[(tap * l.inputs + input) * l.outputs + o];
        for (b = 0; b < l.batch; b++)
            for (t = 0; t < l.frames; t++) {
                const ptrdiff_t at = t + tap - l.before;
                if (at >= 0 && at < l.frames)
                    slant += (double)x[(b * l.frames + at) * l.inputs + input] *
                             dy[(b * l.frames + t) * l.outputs + o];
            }
        worst = fmax(worst, fmax(fabs(sum), fabs(slant)));
    }
    free(x), free(kernel), free(y), free(dy), free(slope);
    if (status || !(worst < 1e-3))
        fprintf(stderr, "convolution, lanes %d: off by %g\n", lanes, worst);
    return status || !(worst < 1e-3);
}

/* The value at a place of a map, or 0 outside. */
static double at(const map_layer *l, ptrdiff_t b, ptrdiff_t h, ptrdiff_t t, ptrdiff_t i)
{
    if (h < 0 || t < 0 || h >= l->bands || t >= l->frames) return 0;
    return l->x[((b * l->bands + h) * l->frames + t) * l->inputs + i];
}

/* How far one output is from the formula, and one weight of the gradient. */
static double map_difference(const map_layer *l, const float *kernel, const float *y,
                             const float *dy, const float *slope)
{
    const ptrdiff_t b = draw(l->batch), h = draw(l->out_bands), t = draw(l->out_frames);
    const ptrdiff_t o = draw(l->outputs), row = b * l->out_bands + h;
    double sum = -y[(row * l->out_frames + t) * l->outputs + o];
    for (ptrdiff_t k = 0; k < l->tall * MAP_FRAMES * l->inputs; k++) {
        const ptrdiff_t i = k / l->inputs / MAP_FRAMES, j = k / l->inputs % MAP_FRAMES;
        sum +=
            at(l, b, h + i - l->top, t + j - l->left, k % l->inputs) * kernel[k * l->outputs + o];
    }
    const ptrdiff_t k = draw(l->tall * MAP_FRAMES * l->inputs);
    const ptrdiff_t i = k / l->inputs / MAP_FRAMES, j = k / l->inputs % MAP_FRAMES;
    double slant = -slope[k * l->outputs + o];
    for (ptrdiff_t n = 0; n < l->batch * l->out_bands * l->out_frames; n++) {
        const ptrdiff_t of_t = n % l->out_frames, of_row = n / l->out_frames;
        slant += at(l, of_row / l->out_bands, of_row % l->out_bands + i - l->top,
                    of_t + j - l->left, k % l->inputs) *
                 dy[n * l->outputs + o];
    }
    return fmax(fabs(sum), fabs(slant));
}

/* One output of a block, from the outputs of its convolution. */
static double finished(const map_layer *l, const map_block *block, const float *y, ptrdiff_t row,
                       ptrdiff_t t, ptrdiff_t o)
{
    double most = -INFINITY;
    for (ptrdiff_t k = 0; k < block->pool; k++) {
        const ptrdiff_t n = (row * l->out_frames + t * block->pool + k) * l->outputs + o;
        double x = y[n] * block->factor[o] + block->shift[o];
        if (block->has_selu) x = 1.05070098735 * (x > 0 ? x : 1.67326324235 * expm1(x));
        most = fmax(most, x + (block->added ? block->added[n] : 0));
    }
    return most;
}

/* The largest difference of a block from the same steps after its convolution, whose output is y. */
static double map_block_difference(const map_layer *l, const float *kernel, const float *y,
                                   const float *added, int threads)
{
    const ptrdiff_t pools[] = {1, 2, 3, 4, 6}, pool = pools[draw(5)];
    const ptrdiff_t rows = l->batch * l->out_bands, frames = l->out_frames / pool;
    float *factor = random_floats(l->outputs, 1), *shift = random_floats(l->outputs, 1);
    float *pooled_y = random_floats(rows * frames * l->outputs, 1);
    const map_block block = {factor, shift, (int)draw(2), draw(2) ? added : NULL, pool};
    double worst = map_forward(l, kernel, &block, pooled_y, threads) ? INFINITY : 0;
    for (ptrdiff_t n = 0; n < rows * frames * l->outputs; n++)
        worst = fmax(worst, fabs(pooled_y[n] - finished(l, &block, y, n / l->outputs / frames,
                                                        n / l->outputs % frames, n % l->outputs)));
    free(factor), free(shift), free(pooled_y);
    return worst;
}

static int one_map(int lanes)
{
    map_layer l = {.batch = 1 + draw(3),
                   .bands = 1 + draw(6),
                   .frames = 1 + draw(300),
                   .inputs = 1 + draw(20),
                   .outputs = 1 + draw(80),
                   .tall = 1 + draw(4),
                   .lanes = lanes};
    l.top = draw(l.tall), l.left = draw(MAP_FRAMES);
    l.out_bands = l.bands + l.top + draw(l.tall) - l.tall + 1;
    l.out_frames = l.frames + l.left + draw(MAP_FRAMES) - MAP_FRAMES + 1;
    if (l.out_bands < 1 || l.out_frames < 1) return 0;
    const size_t out = l.batch * l.out_bands * l.out_frames * l.outputs;
    const size_t weights = l.tall * MAP_FRAMES * l.inputs * l.outputs;
    float *x = random_floats(l.batch * l.bands * l.frames * l.inputs, 1),
          *y = random_floats(out, 1);
    float *kernel = random_floats(weights, 1), *slope = random_floats(weights, 1);
    float *dy = random_floats(out, 1);
    const int threads = 1 + draw(3);
    l.x = x;
    int status = map_forward(&l, kernel, NULL, y, threads);
    if (!status) status = map_gradient(&l, dy, slope, threads);
    double worst = status ? 0 : map_block_difference(&l, kernel, y, dy, threads);
    for (int tries = 0; tries < 20; tries++)
        worst = fmax(worst, map_difference(&l, kernel, y, dy, slope));
    free(x), free(y), free(kernel), free(slope), free(dy);
    if (status || !(worst < 1e-3)) fprintf(stderr, "map, lanes %d: off by %g\n", lanes, worst);
    return status || !(worst < 1e-3);
}

static int one_layer(int lanes)
{
    const unsigned kind = draw(3);
    if (kind == 0) return one_convolution(lanes);
    if (kind == 1) return one_map(lanes);
    lstm_layer l = {.batch = 1 + draw(60),
                    .frames = draw(9),
                    .inputs = 1 + draw(30),
                    .units = LSTM_UNITS * (1 + draw(5)),
                    .reverse = draw(2),
                    .lanes = lanes};
    const size_t all = l.batch * l.frames, gates = 4 * l.units;
    int32_t *lengths = malloc(l.batch * sizeof *lengths);
    for (ptrdiff_t b = 0; b < l.batch; b++) lengths[b] = draw(l.frames + 2);
    float *a[12] = {random_floats(all * l.inputs, 2),     random_floats(l.inputs * gates, 0.3f),
                    random_floats(l.units * gates, 0.3f), random_floats(gates, 1),
                    random_floats(all * l.units, 1),      random_floats(all * gates, 1),
                    random_floats(all * l.units, 1),      random_floats(all * l.units, 1),
                    random_floats(all * gates, 1),        random_floats(l.inputs * gates, 1),
                    random_floats(l.units * gates, 1),    random_floats(gates, 1)};
    l.lengths = lengths, l.x = a[0], l.kernel = a[1], l.recurrent = a[2], l.bias = a[3];
    const lstm_outputs out = {a[4], a[5], a[6]};
    const lstm_gradients gradients = {a[7], a[8], a[9], a[10], a[11]};
    const int threads = 1 + draw(3);
    int status = lstm_forward(&l, &out, threads);
    if (!status) status = lstm_backward(&l, &out, &gradients, threads);
    const double off = difference(&l, out.y);
    for (int i = 0; i < 12; i++) free(a[i]);
    free(lengths);
    if (status || !(off < 1e-4))
        fprintf(stderr, "lanes %d: status %d, off by %g\n", lanes, status, off);
    return status || !(off < 1e-4);
}

int main(int count, char **argument)
{
    state = count > 1 ? strtoull(argument[1], NULL, 10) : 1;
    const time_t end = time(NULL) + (count > 2 ? atoi(argument[2]) : 10);
    long layers = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    for (; time(NULL) < end; layers++) {
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && one_layer(8))
            return 1;
        if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
            one_layer(16))
            return 1;
    }
#else
    (void)end, (void)one_layer;
    layers = 101; /* no kernel here */
#endif
    printf("%ld layers\n", layers);
    return 0;
}
