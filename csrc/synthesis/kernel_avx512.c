/* The kernels with 16 lanes. The target is set here, not by a compiler flag, so that only this file
 * is compiled for it; the caller has checked that the processor has the instructions. */
#if defined(__x86_64__)
/* System headers come first, because the target must not apply to their functions. */
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__clang__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

#define LANES 16
#include "kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
