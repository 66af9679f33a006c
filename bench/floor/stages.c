/* The kernel's steps with a clock between them: the loop of framed_clip in csrc/features/kernel.h,
 * which native.py compiles for one number of lanes and compares with the real one. */
#include "base/denormals.h"
#include "features/kernel.h"

#include <x86intrin.h>

enum { SAMPLES, CUT, COLUMNS_PASS, ROWS_PASS, FILTER, LOG, COSINE, WRITE, SLOPES, STAGES };

typedef struct {
    uint64_t *ticks, last;
} stopwatch;

/* Add the ticks since the last call to a stage. Steps overlap at their ends by some ten cycles. */
INLINE void lap(stopwatch *w, int stage)
{
    const uint64_t now = __rdtsc();
    w->ticks[stage] += now - w->last;
    w->last = now;
}

/* Fill ticks[STAGES]. For plans without energy, normalisation and steps of Kaldi's. */
void floor_stages(const framed_plan *plan, const framed_clip *clip, void *scratch, uint64_t *ticks)
{
    const framed_options *o = &plan->o;
    const buffers r = lay_out(plan, scratch);
    ptrdiff_t sloped[2] = {0, 0};
    memset(ticks, 0, STAGES * sizeof *ticks);
    const unsigned mode = flush_denormals();
    stopwatch w = {ticks, __rdtsc()};
    for (ptrdiff_t t = 0; t < clip->frames; t += LANES) {
        const float *x = samples_of_group(plan, clip, t * o->hop - plan->pad, &r);
        lap(&w, SAMPLES);
        cut_frames(plan, x, r.frame);
        lap(&w, CUT);
        const ahead soon = look_ahead(plan, clip, t);
        transform_columns(plan, r.frame, soon);
        lap(&w, COLUMNS_PASS);
        transform_rows(plan, r.frame);
        lap(&w, ROWS_PASS);
        filter(plan, r.frame, r.bands);
        lap(&w, FILTER);
        take_log(o, r.bands, plan->bands);
        lap(&w, LOG);
        V *statics = r.bands;
        if (o->cepstra) multiply(plan->dct, o->cepstra, plan->bands, r.bands, statics = r.statics);
        lap(&w, COSINE);
        const ptrdiff_t end = clip->frames - t < LANES ? clip->frames : t + LANES;
        write_rows(statics, plan->statics, clip->out + t * clip->out_stride, clip->out_stride,
                   (int)(end - t));
        lap(&w, WRITE);
        append_slopes(plan, clip, end, sloped);
        lap(&w, SLOPES);
    }
    restore_denormals(mode);
}
