/* Speech through code-excited linear prediction (CELP), the kind of codec of mobile calls and voice
 * messages. */
#ifndef SPOOFJAX_CELP_H
#define SPOOFJAX_CELP_H

#include <stddef.h>

/* Code and decode a clip: `out` is what a decoder makes of it, in place and without delay. The clip
 * has 8,000 samples a second, or 16,000 where `wide` is not 0. `pulses`, from 1 to 16, is their
 * number in a quarter of a frame and sets the bit rate. Returns 0, or -1 where memory ran out. */
int celp_round_trip(const float *in, float *out, ptrdiff_t samples, int wide, int pulses);

#endif
