/* Random clips through CELP, for a build with sanitizers.
 *
 *     fuzz SEED CASES SECONDS
 *
 * Clips are noise, tones, clicks and silence of any length and level, in buffers of their exact
 * size. Each case checks that every decoded sample is finite and that a longer clip begins alike.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codecs/celp.h"
#include "random_cases.h"

static float *clip_of(int samples)
{
    float *clip = malloc((size_t)samples * sizeof *clip);
    const int kind = below(4), period = 1 + below(400);
    const float level = powf(10.0f, -(float)below(12));
    for (int n = 0; n < samples; n++) {
        const float noise = (float)uniform(-1, 1);
        const float tone = sinf((float)n / (float)period), click = n % period ? 0.0f : 1.0f;
        clip[n] = level * (kind == 0 ? noise : kind == 1 ? tone : kind == 2 ? click : 0.0f);
    }
    return clip;
}

static const char *one_case(void)
{
    const int samples = 1 + below(3000), wide = below(2), pulses = 1 + below(16);
    const int frame = wide ? 320 : 160;
    float *clip = clip_of(samples), *out = malloc((size_t)samples * sizeof *out);
    const char *failure = celp_round_trip(clip, out, samples, wide, pulses) ? "no memory" : NULL;
    for (int n = 0; n < samples; n++)
        if (!isfinite(out[n])) failure = "not finite";
    /* Linear prediction looks two frames ahead. */
    const int shorter = samples - 2 * frame;
    if (shorter > 0) {
        float *start = malloc((size_t)samples * sizeof *start);
        celp_round_trip(clip, start, samples - 1, wide, pulses);
        if (memcmp(start, out, (size_t)shorter * sizeof *out))
            failure = "the end changes the start";
        free(start);
    }
    if (failure)
        fprintf(stderr, "%s: %d samples, wide %d, %d pulses\n", failure, samples, wide, pulses);
    free(clip), free(out);
    return failure;
}

int main(int count, char **arguments) { return run_cases(count, arguments, one_case); }
