/* HighwayHash of 64 bits, fed piece by piece: the checksum of record files (Riegeli).
 *
 * J. Alakuijala, B. Cox and J. Wassenberg, "Fast keyed hash/pseudo-random function using SIMD
 * multiply and permute", arXiv:1612.06257. The key is the one that record files are hashed with. */
#ifndef SPOOFJAX_HIGHWAY_H
#define SPOOFJAX_HIGHWAY_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t v0[4], v1[4], mul0[4], mul1[4];
    uint8_t rest[32]; /* what does not fill a packet yet */
    size_t held;
} highway;

void highway_start(highway *h);
void highway_feed(highway *h, const void *bytes, size_t count);

/* Return the hash of all bytes fed; the state is of no more use then. */
uint64_t highway_end(highway *h);

#endif
