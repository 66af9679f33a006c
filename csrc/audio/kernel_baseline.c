/* The kernel with four lanes, for any processor. */
#define LANES 4
#include "kernel.h"
