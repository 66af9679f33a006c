/* Random changes of waveforms. Each clip of a batch is a function of its samples and its seed. */
#ifndef SPOOFJAX_AUGMENT_H
#define SPOOFJAX_AUGMENT_H

#include "base/processor.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    double low, high;
} range;

/* The value that u in [0, 1) picks from a range. */
static inline double between(range r, double u) { return r.low + (r.high - r.low) * u; }

/* RawBoost: Tak et al., "RawBoost: a raw data boosting and augmentation method applied to automatic
 * speaker verification anti-spoofing", ICASSP 2022. Frequencies in Hz, levels in dB. */
typedef struct {
    int algorithm;             /* 1 .. 8 */
    int orders;                /* linear and non-linear convolutive noise: powers 1 .. orders */
    int bands;                 /* notches in each filter */
    range centre, width, taps; /* of a notch; taps are made odd */
    range gain;                /* of the filter of order 1 and of the stationary noise */
    range higher_gain;         /* of the filters of higher orders */
    double impulses;           /* greatest share of samples with impulsive noise, per cent */
    double impulse_gain;       /* greatest size of an impulse relative to its sample */
    range snr;                 /* of the stationary noise */
} rawboost_options;

/* Random equalisation, coloured noise and low-pass, each with its probability. */
typedef struct {
    double equalise, noise, low_pass; /* probabilities */
    int knots;        /* number of the equaliser's gains from 0 Hz to half the rate, >= 2 */
    double gain;      /* standard deviation of these gains */
    range snr, slope; /* of the noise, whose amplitude is proportional to f^slope */
    double narrow;    /* share of low-passes with a cut-off in narrow_hz */
    range narrow_hz, wide_hz;
} channel_options;

typedef struct {
    const float *samples; /* clips x length; may be `out` itself */
    float *out;
    const uint64_t *seeds; /* one per clip */
    ptrdiff_t clips, length;
    double rate;
} augment_batch;

/* Tables of filters of up to 2 half + 1 taps; NULL when memory is short or half < 1. */
typedef struct filter_plan filter_plan;
filter_plan *filter_plan_new(int half);
void filter_plan_free(filter_plan *plan);

/* The greatest number of taps on each side that the options can draw. */
int rawboost_half(const rawboost_options *options);
enum { CHANNEL_HALF = 255 };

/* Change a batch on at most `threads` threads. The plan's half is at least that of the options.
 * Returns 0, or -1 when memory is short. A clip's result depends neither on the threads nor on the
 * rest of the batch. */
int rawboost_run(const filter_plan *plan, const rawboost_options *options,
                 const augment_batch *batch, enum processor_level level, int threads);
int channel_run(const filter_plan *plan, const channel_options *options, const augment_batch *batch,
                enum processor_level level, int threads);

/* Convolve clip i with the first lengths[i] >= 1 values of responses[i * most ..], cut it to its
 * own length and bring it to its own RMS. The plan is room_plan_new's. */
filter_plan *room_plan_new(void);
int room_run(const filter_plan *plan, const float *responses, ptrdiff_t most,
             const int64_t *lengths, const augment_batch *batch, enum processor_level level,
             int threads);

#endif
