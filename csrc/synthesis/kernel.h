/* One build of the attacks: each kernel_*.c compiles it for one number of lanes. */
#ifndef SPOOFJAX_SYNTHESIS_KERNEL_H
#define SPOOFJAX_SYNTHESIS_KERNEL_H

#include "base/energy.h"
#include "base/random.h"
#include "griffin_lim.h"
#include "harmonics.h"
#include "peaks.h"
#include "phases.h"
#include "vocoders.h"
#include "warp.h"

/* Bring the clip in b->clip to an RMS of 1, so that thresholds mean the same for all clips, and put
 * it into rows. */
static void begin_clip(const framing *s, const copy_buffers *b)
{
    const double power = energy(b->clip + s->lead, s->length) / (double)s->length;
    const float gain = power > 0.0 ? (float)(1.0 / sqrt(power)) : 0.0f;
    for (ptrdiff_t n = 0; n < s->length; n++) b->clip[s->lead + n] *= gain;
    rows_of(s, b->clip, b->rows);
}

void BUILD(copy_clip)(const copy_plan *p, const attack *a, const framing *s, uint64_t seed,
                      const copy_buffers *buffers)
{
    const uint64_t stream = random_value(seed, NOISE);
    copy_buffers b = *buffers;
    begin_clip(s, &b);
    clear_rows(s, b.result);
    switch (a->kind) {
    case PHASES: copy_phases(p, &a->phases, s, stream, &b); break;
    case GRIFFIN_LIM: copy_griffin_lim(p, &a->griffin_lim, s, stream, &b); break;
    case PREDICTION: copy_prediction(p, &a->prediction, s, stream, &b); break;
    case CEPSTRAL: copy_cepstral(p, &a->cepstral, s, stream, &b); break;
    case HARMONICS: copy_harmonics(p, &a->harmonics, s, stream, &b); break;
    case PEAKS: copy_peaks(p, &a->peaks, s, &b); break;
    case WARP: copy_warp(p, &a->warp, s, &b); break;
    }
    samples_of(s, b.result, b.clip);
}

void BUILD(pitch_clip)(const copy_plan *p, const float *matrix, const framing *s,
                       const copy_buffers *b)
{
    begin_clip(s, b);
    track_pitch(p, s, matrix, b);
}

#endif
