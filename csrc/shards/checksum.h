/* A checksum of a block of bytes, fast enough for every clip that training reads. It finds damage,
 * not forgery. */
#ifndef SPOOFJAX_CHECKSUM_H
#define SPOOFJAX_CHECKSUM_H

#include <stdint.h>

enum { CHECKSUM_BLOCK = 1 << 14 }; /* bytes of a shard that share a checksum */

/* The checksum of `size` bytes. Blocks that differ in a single 64-bit word always have different
 * ones; those of other blocks are equal with a probability of about 2^-64. */
uint64_t checksum_of(const void *data, int64_t size);

#endif
