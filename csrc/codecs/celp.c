/* CELP: linear prediction of a frame, and an excitation that is the excitation of one pitch period
 * ago plus a few pulses, chosen by synthesis so that the weighted error is the least.
 *
 * Schroeder and Atal, "Code-excited linear prediction (CELP): high-quality speech at very low bit
 * rates", ICASSP 1985. It has the structure of AMR and Speex, and tables of its own: no stream of
 * theirs comes out. What a decoder does happens in the encoder, too, so that there is no stream at
 * all: everything that would be sent is rounded to what its bits can say. */
#include "codecs/celp.h"
#include "base/denormals.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    QUARTERS = 4,       /* of a frame of 20 ms; each has an excitation of its own */
    MOST_ORDER = 16,    /* coefficients of linear prediction */
    MOST_QUARTER = 80,  /* samples */
    MOST_LAG = 295,     /* samples of a pitch period */
    WINDOW = 480,       /* samples at most that linear prediction looks at */
    NEIGHBOURS = 8,     /* lags on either side of that of the frame which a quarter may choose */
    PAST = MOST_LAG + 2 /* samples of excitation that are kept */
};

static const float SHARP = 0.9f, FLAT = 0.6f; /* of the weighting A(z / SHARP) / A(z / FLAT) */
static const float TWO_PI = 6.28318531f, HALF_PI = 1.57079633f;
static const float MOST_PITCH_GAIN = 1.2f, PITCH_GAIN_STEP = 1.2f / 15;
static const float GAIN_STEPS = 3.0f; /* of the gain of pulses in a factor of 2: 2 dB each */
static const float SILENCE = 1e-20f;  /* energy of a quarter below which nothing is excited */
static const float LEAST_GAIN = 1e-12f;

typedef struct {
    int order, quarter, frame, least_lag, most_lag, pulses;
    float window[WINDOW];       /* that weights a piece for linear prediction */
    float lags[MOST_ORDER + 1]; /* 60 Hz wider formants keep the filters from ringing */
} shape;

/* What encoder and decoder remember from one quarter to the next, the newest last. */
typedef struct {
    float excitation[PAST + MOST_QUARTER];
    float decoded[MOST_ORDER + MOST_QUARTER];
    float error[MOST_ORDER + MOST_QUARTER];    /* of the decoded samples */
    float weighted[MOST_ORDER + MOST_QUARTER]; /* the same, weighted */
} memory;

/* The filters of a quarter; coefficient 0, which is 1, is left out. */
typedef struct {
    float a[MOST_ORDER], sharp[MOST_ORDER], flat[MOST_ORDER];
    float response[MOST_QUARTER]; /* of the weighted synthesis, to an excitation of 1 */
} filters;

static float dot(const float *a, const float *b, int count)
{
    float sums[8] = {0};
    int i = 0;
    for (; i + 8 <= count; i += 8)
        for (int j = 0; j < 8; j++) sums[j] += a[i + j] * b[i + j];
    for (; i < count; i++) sums[0] += a[i] * b[i];
    return ((sums[0] + sums[1]) + (sums[2] + sums[3])) +
           ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

static int imin(int a, int b) { return a < b ? a : b; }
static int imax(int a, int b) { return a > b ? a : b; }

static void add_scaled(float *to, const float *from, float factor, int count)
{
    for (int i = 0; i < count; i++) to[i] += factor * from[i];
}

/* Return the excitation filtered by the response of a quarter. */
static void respond(const float *excitation, const float *response, float *out, int count)
{
    memset(out, 0, (size_t)count * sizeof *out);
    for (int i = 0; i < count; i++)
        if (excitation[i] != 0) add_scaled(out + i, response, excitation[i], count - i);
}

/* x[0 ..] /= A, in place; x[-order ..] is what came out before. */
static void divide(float *x, const float *a, int order, int count)
{
    for (int n = 0; n < count; n++) {
        float even = 0, odd = 0; /* orders are even; two sums wait half as long for each other */
        for (int i = 0; i < order; i += 2) {
            even += a[i] * x[n - 1 - i];
            odd += a[i + 1] * x[n - 2 - i];
        }
        x[n] -= even + odd;
    }
}

/* Copy `count` samples from `first` on; what lies outside the clip is 0. */
static void cut(const float *clip, ptrdiff_t samples, ptrdiff_t first, float *out, int count)
{
    for (int i = 0; i < count; i++) {
        const ptrdiff_t n = first + i;
        out[i] = n >= 0 && n < samples ? clip[n] : 0.0f;
    }
}

static void set_windows(shape *s)
{
    const int count = 3 * s->frame / 2;
    for (int i = 0; i < count; i++)
        s->window[i] = 0.54f - 0.46f * cosf(TWO_PI * ((float)i + 0.5f) / (float)count);
    for (int k = 0; k <= s->order; k++) {
        const float width = TWO_PI * 60.0f * (float)k / (50.0f * (float)s->frame);
        s->lags[k] = expf(-0.5f * width * width);
    }
}

/* Write the arcsines of the reflection coefficients of a windowed piece, rounded to their bits. */
static void predict(const shape *s, const float *piece, float *angles)
{
    const int count = 3 * s->frame / 2;
    float windowed[WINDOW], r[MOST_ORDER + 1], a[MOST_ORDER + 1] = {1.0f};
    for (int i = 0; i < count; i++) windowed[i] = piece[i] * s->window[i];
    for (int k = 0; k <= s->order; k++) r[k] = dot(windowed, windowed + k, count - k) * s->lags[k];
    /* Noise 40 dB below the speech, for the same purpose. */
    float left = r[0] * 1.0001f + SILENCE;
    for (int k = 1; k <= s->order; k++) {
        float sum = 0;
        for (int i = 0; i < k; i++) sum += a[i] * r[k - i];
        const float reflection = fmaxf(-0.9999f, fminf(0.9999f, -sum / left));
        float next[MOST_ORDER + 1];
        for (int i = 1; i < k; i++) next[i] = a[i] + reflection * a[k - i];
        memcpy(a + 1, next + 1, (size_t)(k - 1) * sizeof *a);
        a[k] = reflection;
        left *= 1 - reflection * reflection;
        const int steps = k <= 2 ? 32 : k <= 6 ? 16 : 8; /* on either side: 6, 5 and 4 bits */
        const float step = HALF_PI / (float)steps;
        const float most = (float)steps - 0.5f;
        const float level = floorf(asinf(reflection) / step) + 0.5f;
        angles[k - 1] = step * fmaxf(-most, fminf(most, level));
    }
}

/* Set the filters of a quarter from the arcsines of its reflection coefficients. */
static void set_filters(const shape *s, const float *angles, filters *f)
{
    for (int k = 0; k < s->order; k++) {
        const float reflection = sinf(angles[k]);
        float next[MOST_ORDER];
        for (int i = 0; i < k; i++) next[i] = f->a[i] + reflection * f->a[k - 1 - i];
        memcpy(f->a, next, (size_t)k * sizeof *next);
        f->a[k] = reflection;
    }
    float sharp = 1, flat = 1;
    for (int i = 0; i < s->order; i++) {
        f->sharp[i] = f->a[i] * (sharp *= SHARP);
        f->flat[i] = f->a[i] * (flat *= FLAT);
    }
    float ringing[MOST_ORDER + MOST_QUARTER] = {0};
    ringing[s->order] = 1;
    memcpy(ringing + s->order + 1, f->sharp, (size_t)s->order * sizeof(float));
    divide(ringing + s->order, f->a, s->order, s->quarter);
    divide(ringing + s->order, f->flat, s->order, s->quarter);
    memcpy(f->response, ringing + s->order, (size_t)s->quarter * sizeof(float));
}

/* Weight the errors of a quarter, which lie behind those of the one before. */
static void weight(const shape *s, const filters *f, memory *m)
{
    const float *error = m->error + s->order;
    float *weighted = m->weighted + s->order;
    for (int n = 0; n < s->quarter; n++) {
        weighted[n] = error[n];
        for (int i = 0; i < s->order; i++) weighted[n] += f->sharp[i] * error[n - 1 - i];
    }
    divide(weighted, f->flat, s->order, s->quarter);
}

/* Set the decoded samples of a quarter from an excitation, and the errors that they leave. */
static void decode(const shape *s, const filters *f, const float *speech, const float *excitation,
                   memory *m)
{
    float *decoded = m->decoded + s->order;
    memcpy(decoded, excitation, (size_t)s->quarter * sizeof *decoded);
    divide(decoded, f->a, s->order, s->quarter);
    for (int n = 0; n < s->quarter; n++) m->error[s->order + n] = speech[n] - decoded[n];
    weight(s, f, m);
}

/* Return the lag at which the frame is most like what came before it. `speech` has as many samples
 * before it as the longest lag. */
static int pitch_of(const shape *s, const float *speech)
{
    int best = s->least_lag;
    float most = 0;
    const float *earlier = speech - s->least_lag;
    double energy = dot(earlier, earlier, s->frame);
    for (int lag = s->least_lag; lag <= s->most_lag; lag++) {
        earlier = speech - lag;
        const float product = dot(speech, earlier, s->frame);
        const float likeness = product * product / (float)(energy + SILENCE);
        if (product > 0 && likeness > most) {
            most = likeness;
            best = lag;
        }
        if (lag == s->most_lag) break;
        const double gone = earlier[s->frame - 1], come = earlier[-1];
        energy = fmax(energy + come * come - gone * gone, 0.0);
    }
    return best;
}

/* Write the excitation of `lag` samples ago; a shorter lag repeats itself. */
static void repeat(const shape *s, const memory *m, int lag, float *out)
{
    for (int n = 0; n < s->quarter; n++)
        out[n] = n < lag ? m->excitation[PAST + n - lag] : out[n - lag];
}

/* Set `excitation` to the best repetition, and subtract what it explains from the target. */
static void add_pitch(const shape *s, const filters *f, const memory *m, int pitch, float *target,
                      float *excitation)
{
    float best_part[MOST_QUARTER] = {0}, heard[MOST_QUARTER] = {0}, most = 0, gain = 0;
    const int first = imax(pitch - NEIGHBOURS, s->least_lag);
    const int last = imin(pitch + NEIGHBOURS, s->most_lag);
    float part[MOST_QUARTER] = {0}, filtered[MOST_QUARTER] = {0};
    for (int lag = first; lag <= last; lag++) {
        repeat(s, m, lag, part);
        if (lag == first || lag < s->quarter) {
            respond(part, f->response, filtered, s->quarter);
        } else { /* the last one a sample later, and what the new first sample adds */
            memmove(filtered + 1, filtered, (size_t)(s->quarter - 1) * sizeof *filtered);
            filtered[0] = 0;
            add_scaled(filtered, f->response, part[0], s->quarter);
        }
        const float product = dot(target, filtered, s->quarter);
        const float energy = dot(filtered, filtered, s->quarter) + SILENCE;
        if (product > 0 && product * product / energy > most) {
            most = product * product / energy;
            gain = product / energy;
            memcpy(best_part, part, sizeof part);
            memcpy(heard, filtered, sizeof filtered);
        }
    }
    gain = PITCH_GAIN_STEP * rintf(fminf(gain, MOST_PITCH_GAIN) / PITCH_GAIN_STEP);
    add_scaled(target, heard, -gain, s->quarter);
    for (int n = 0; n < s->quarter; n++) excitation[n] = gain * best_part[n];
}

/* Add pulses of one size to the excitation, one after the other where all together explain most of
 * the target: (product of target and pulses)^2 / energy of the pulses. */
static void add_pulses(const shape *s, const filters *f, const float *target, float *excitation)
{
    float pulses[MOST_QUARTER] = {0}, heard[MOST_QUARTER] = {0};
    float products[MOST_QUARTER], energies[MOST_QUARTER], product = 0, energy = 0;
    for (int n = s->quarter - 1; n >= 0; n--) {
        const float value = f->response[s->quarter - 1 - n];
        energies[n] = energy += value * value;
        products[n] = dot(target + n, f->response, s->quarter - n);
    }
    energy = 0;
    for (int pulse = 0; pulse < s->pulses; pulse++) {
        int place = 0;
        float most = -1, together = 0;
        for (int n = 0; n < s->quarter; n++) {
            const float sign = products[n] < 0 ? -1.0f : 1.0f, sum = product + sign * products[n];
            const float overlap = dot(heard + n, f->response, s->quarter - n);
            const float all = energy + 2 * sign * overlap + energies[n] + SILENCE;
            if (sum * sum > most * all) {
                most = sum * sum / all;
                together = all;
                place = n;
            }
        }
        const float sign = products[place] < 0 ? -1.0f : 1.0f;
        add_scaled(heard + place, f->response, sign, s->quarter - place);
        pulses[place] += sign;
        product += sign * products[place];
        energy = together;
    }
    const float gain = product / (energy + SILENCE);
    if (!(gain > LEAST_GAIN)) return;
    add_scaled(excitation, pulses, exp2f(rintf(GAIN_STEPS * log2f(gain)) / GAIN_STEPS), s->quarter);
}

/* Move what was made last to where the next quarter looks for it. */
static void advance(const shape *s, memory *m)
{
    const size_t past = PAST * sizeof(float), order = (size_t)s->order * sizeof(float);
    memmove(m->excitation, m->excitation + s->quarter, past);
    memmove(m->decoded, m->decoded + s->quarter, order);
    memmove(m->error, m->error + s->quarter, order);
    memmove(m->weighted, m->weighted + s->quarter, order);
}

/* Code one quarter and leave its decoded samples behind those of the one before. */
static void code_quarter(const shape *s, const filters *f, const float *speech, int pitch,
                         memory *m)
{
    float *excitation = m->excitation + PAST, target[MOST_QUARTER];
    memset(excitation, 0, (size_t)s->quarter * sizeof *excitation);
    decode(s, f, speech, excitation, m); /* what is left is what an excitation has to explain */
    memcpy(target, m->weighted + s->order, (size_t)s->quarter * sizeof *target);
    if (dot(target, target, s->quarter) <= SILENCE) return;
    add_pitch(s, f, m, pitch, target, excitation);
    add_pulses(s, f, target, excitation);
    decode(s, f, speech, excitation, m);
}

/* Code the frame that begins at `first`; `before` has the angles of the last one. */
static void code_frame(const shape *s, const float *in, float *out, ptrdiff_t samples,
                       ptrdiff_t first, float *before, memory *m)
{
    float piece[WINDOW], speech[MOST_LAG + QUARTERS * MOST_QUARTER], angles[MOST_ORDER] = {0};
    cut(in, samples, first + s->frame / 8, piece, 3 * s->frame / 2);
    predict(s, piece, angles);
    cut(in, samples, first - s->most_lag, speech, s->most_lag + s->frame);
    const int pitch = pitch_of(s, speech + s->most_lag);
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
        float between[MOST_ORDER];
        const float share = (float)(quarter + 1) / QUARTERS;
        for (int i = 0; i < s->order; i++) between[i] = before[i] + share * (angles[i] - before[i]);
        filters f;
        set_filters(s, between, &f);
        const int start = quarter * s->quarter;
        code_quarter(s, &f, speech + s->most_lag + start, pitch, m);
        for (int n = 0; n < s->quarter && first + start + n < samples; n++)
            out[first + start + n] = m->decoded[s->order + n];
        advance(s, m);
    }
    memcpy(before, angles, sizeof angles);
}

int celp_round_trip(const float *in, float *out, ptrdiff_t samples, int wide, int pulses)
{
    const int frame = wide ? 320 : 160;
    shape s = {.order = wide ? 16 : 10,
               .quarter = frame / QUARTERS,
               .frame = frame,
               .least_lag = frame / 8,
               .most_lag = frame / 8 + (wide ? 255 : 127),
               .pulses = pulses};
    set_windows(&s);
    memory *m = calloc(1, sizeof *m);
    if (m == NULL) return -1;
    const unsigned mode = flush_denormals();
    float before[MOST_ORDER] = {0};
    for (ptrdiff_t first = 0; first < samples; first += frame)
        code_frame(&s, in, out, samples, first, before, m);
    restore_denormals(mode);
    free(m);
    return 0;
}
