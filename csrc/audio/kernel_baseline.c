/* The kernel with four lanes, for any processor. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clip.h"
#include "design.h"
#include "impulses.h"
#include "random.h"

#define LANES 4
#define RAWBOOST_CLIP rawboost_clip_baseline
#define CHANNEL_CLIP channel_clip_baseline
#define ROOM_CLIP room_clip_baseline
#include "kernel.h"
