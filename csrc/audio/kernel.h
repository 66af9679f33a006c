/* One build of the kernels: each kernel_*.c compiles it for one number of lanes. */
#ifndef SPOOFJAX_AUDIO_KERNEL_H
#define SPOOFJAX_AUDIO_KERNEL_H

#include "channel.h"
#include "rawboost.h"
#include "room.h"

#endif
