/* The layers for one number of lanes: each kernel_*.c compiles it once. */
#ifndef SPOOFJAX_LAYERS_KERNEL_H
#define SPOOFJAX_LAYERS_KERNEL_H

#include "conv_kernel.h"
#include "lstm_kernel.h"
#include "map_kernel.h"

#endif
