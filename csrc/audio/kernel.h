/* One build of the kernel: included by kernel_*.c after LANES and the functions' names are defined.
 * Features and augmentation share the lanes (base/lanes.h). */
#include "base/lanes.h"

#include "transform.h"

#include "filter.h"

#include "noise.h"

#include "samples.h"

/* White noise as the padded clip. */
static void noise_into(const filter_plan *p, const clip_buffers *b, uint64_t stream, ptrdiff_t n)
{
    float *x = b->padded + p->half;
    normals(stream, x, n);
    memset(x + n, 0, (plan_padded(p, n) - p->half - n) * sizeof *x);
}

#include "rawboost.h"

#include "channel.h"

#include "room.h"
