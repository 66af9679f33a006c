/* The kernel with 8 lanes. The target is set here, not by a compiler flag, so that this file alone
 * is compiled for it; processor_runs says whether it may be called. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "plan.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma,prfchw"))), apply_to = function)
#else
#pragma GCC target("avx2,fma,prfchw")
#endif

#define LANES 8
#define CLIP_FUNCTION framed_clip_avx2
#include "kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
