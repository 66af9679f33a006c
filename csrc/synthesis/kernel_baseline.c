/* The kernels with 4 lanes, for any processor. */
#define LANES 4
#include "kernel.h"
