/* Tables of real transforms and windows, and how a clip is divided into frames. */
#ifndef SPOOFJAX_SYNTHESIS_PLAN_H
#define SPOOFJAX_SYNTHESIS_PLAN_H

#include "attacks.h"

enum {
    MOST_LANES = 16,
    /* Where frame 0 begins: whole vectors of blocks, and room for the longer frames whose pitch is
     * measured. */
    FIRST_BLOCK = MOST_LANES
};

/* A transform of `size` real samples by a complex one of half the size. */
typedef struct {
    int size;
    int *place;      /* the position of bin 0 .. size/2 - 1 in the complex transform's order */
    float *twiddles; /* of the complex transform */
    float *turns;    /* cosine and sine of 2 pi k / size for k = 0 .. size/4 */
} real_transform;

struct copy_plan {
    real_transform frame, pitch;
    float analysis[FRAME]; /* Hann, halved as `unpack` needs */
    /* Hann with the factors of the inverse and of the overlapping frames, for hops 128 and 256: the
     * sum of the frames is the waveform nearest to their spectra in the sense of squares. */
    float synthesis[2][FRAME];
    float pitch_window[PITCH_TRANSFORM]; /* halved, between zeros */
    float sinusoid_window[FRAME / 2];    /* whose sum at a hop of 128 is 1 */
};

static inline const float *synthesis_window(const copy_plan *p, int hop)
{
    return p->synthesis[hop == 256];
}

/* The frames of a clip. Frame f begins at sample (f - parts + 1) hop, so that as many frames cover
 * each sample of the clip. A clip is kept as rows: row i holds sample i of all its blocks of `hop`
 * samples, so that a vector of successive blocks is sample i of successive frames. */
typedef struct {
    ptrdiff_t length;
    int hop, parts; /* parts = FRAME / hop */
    ptrdiff_t frames;
    ptrdiff_t padded; /* frames rounded up to a multiple of MOST_LANES */
    ptrdiff_t stride; /* blocks in a row */
    int lead;         /* zeros before sample 0 */
} framing;

framing framing_of(ptrdiff_t length, int hop);

/* All 64-byte aligned. */
typedef struct {
    float *clip;       /* stride * hop floats: the clip between zeros, sample 0 at [lead] */
    float *rows;       /* the same in rows */
    float *result;     /* rows of the copy */
    float *other;      /* rows of another waveform, for the attacks that need one */
    float *magnitudes; /* BINS vectors per group of frames, for Griffin-Lim */
    float *f0, *height, *level; /* one value per padded frame */
    int32_t *is_voiced;
    double *cycles;
    void *work; /* WORK_VECTORS vectors of MOST_LANES floats */
} copy_buffers;

enum { WORK_VECTORS = PITCH_TRANSFORM + 9 * BINS + 3 * MOST_SINUSOIDS };

#define DECLARE(build)                                                                   \
    void copy_clip_##build(const copy_plan *, const attack *, const framing *, uint64_t, \
                           const copy_buffers *);                                        \
    void pitch_clip_##build(const copy_plan *, const float *, const framing *,           \
                            const copy_buffers *);
DECLARE(baseline)
DECLARE(avx2)
DECLARE(avx512)
#undef DECLARE

#endif
