/* The layers for one width of vectors: included by kernel_*.c after LANES, TILE_ROWS and the functions'
 * names are defined. */
#include "base/lanes.h"

#include "activation.h"
#include "tile.h"

#include "lstm_kernel.h"

#include "conv_kernel.h"
