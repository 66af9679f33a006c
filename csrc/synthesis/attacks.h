/* Attacks by signal processing: copies of clips of speech at 16 kHz. A copy is a function of the
 * samples, the attack and a 64-bit seed. */
#ifndef SPOOFJAX_ATTACKS_H
#define SPOOFJAX_ATTACKS_H

#include "base/processor.h"

#include <stddef.h>
#include <stdint.h>

enum {
    FRAME = 512,          /* samples of a frame, under a Hann window */
    BINS = FRAME / 2 + 1, /* of its spectrum */
    PITCH_WINDOW = 768,   /* samples of a frame whose pitch is measured */
    PITCH_TRANSFORM = 1024,
    PITCH_BINS = 61, /* bins 4 .. 64 of this transform: 62 to 1000 Hz */
    FIRST_PITCH_BIN = 4,
    LAGS = 68,       /* 0, 4, 8 ... samples */
    MOST_ORDER = 64, /* poles, or mel cepstra beside the zeroth */
    MOST_BANDS = 256,
    MOST_SINUSOIDS = 160
};

/* Matrices are float32, row by row. */

typedef struct {
    float amount;  /* largest angle in turns */
    int first_bin; /* the bins below keep their phases */
} phase_options;

/* Mel filters by the bins that two of them share: starts[m] .. starts[m + 1] - 1 belong to m - 1 and
 * m. Without filters (bands = 0) all of a magnitude is kept. */
typedef struct {
    int iterations;
    float momentum;
    int bands;
    const int32_t *starts;
    const float *weights; /* 4 x BINS: of m - 1 and of m; both again, as shares of their sum */
} griffin_lim_options;

typedef struct {
    int order;
    const float *correlate;       /* BINS x (order + 1): powers to autocorrelations */
    const float *cosines, *sines; /* (order + 1) x BINS: filter taps to their spectrum */
    const float *emphasis;        /* 2 x BINS: real and imaginary part of the pre-emphasis */
    const float *pitch;           /* PITCH_BINS x LAGS: powers to normalised autocorrelations */
} prediction_options;

typedef struct {
    int order;
    const float *analyse;       /* BINS x (order + 1): log magnitudes to cepstra */
    const float *logs, *phases; /* (order + 1) x BINS: cepstra to base-2 logs and to turns */
    int first_bin;              /* the bins below are those of the parent */
    const float *pitch;         /* as above */
} cepstral_options;

typedef struct {
    float voiced_hz;
    const float *pitch; /* as above */
} harmonic_options;

typedef struct {
    int peaks;
    const float *weights; /* BINS: the ranks of peaks are magnitudes times these */
} peak_options;

typedef struct {
    int order;
    const float *analyse;        /* as above */
    const float *before, *after; /* (order + 1) x BINS: cepstra to base-2 logs of two gains */
    float pitch;                 /* factor; with 1 the second gain alone is used */
    const int32_t *sources;      /* BINS: the bin whose sinusoid moves to each bin */
} warp_options;

enum attack_kind { PHASES, GRIFFIN_LIM, PREDICTION, CEPSTRAL, HARMONICS, PEAKS, WARP };

typedef struct {
    enum attack_kind kind;
    int hop; /* samples from frame to frame: 128 or 256 */
    union {
        phase_options phases;
        griffin_lim_options griffin_lim;
        prediction_options prediction;
        cepstral_options cepstral;
        harmonic_options harmonics;
        peak_options peaks;
        warp_options warp;
    };
} attack;

/* Tables of the transforms; NULL when memory is short. */
typedef struct copy_plan copy_plan;
copy_plan *copy_plan_new(void);
void copy_plan_free(copy_plan *plan);

/* Write the copy of `length` samples to `out`, at the level of a clip whose RMS is 1. `samples` are
 * finite. Returns 0, or -1 when memory is short. Several threads may share a plan. */
int copy_run(const copy_plan *plan, const attack *options, const float *samples, float *out,
             ptrdiff_t length, uint64_t seed, enum processor_level level);

/* The mean and the RMS around it of one sample or more; NaN where a sample is NaN or infinite. */
void level_of(const float *samples, ptrdiff_t length, double *mean, double *rms);

/* Write the pitch of each frame in Hz, interpolated where a frame is unvoiced, and whether it is
 * voiced, to the first pitch_frames(length, hop) elements. `pitch` is the matrix above. */
ptrdiff_t pitch_frames(ptrdiff_t length, int hop);
int pitch_run(const copy_plan *plan, const float *pitch, int hop, const float *samples,
              ptrdiff_t length, float *f0, int32_t *is_voiced, enum processor_level level);

#endif
