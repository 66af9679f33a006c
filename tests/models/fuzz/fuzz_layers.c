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
        most = fmax(most, x * block->factor[o] + block->shift[o]);
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
    const conv_block block = {factor, shift, lengths, 1 + draw(8)};
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

static int one_layer(int lanes)
{
    if (draw(2)) return one_convolution(lanes);
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
