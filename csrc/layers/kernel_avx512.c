/* The kernel with 16 lanes. The target is set here, not by a compiler flag, so that this file alone
 * is compiled for it; whoever sets the lanes of a layer has asked the processor. */
#if defined(__x86_64__)
#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "share.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif

#define LANES 16
#define TILE_ROWS 6
#define LSTM_FORWARD lstm_forward_avx512
#define LSTM_BACKWARD lstm_backward_avx512
#define CONV_FORWARD conv_forward_avx512
#define CONV_GRADIENT conv_gradient_avx512
#include "kernel.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
