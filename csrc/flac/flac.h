/* FLAC to samples, for the files that corpora are made of: one channel, 16 bits (RFC 9639).
 *
 * Everything else is left to a general decoder: FLAC_OTHER says so, FLAC_DAMAGED that a checksum or
 * a field is wrong. No input makes these functions read or write out of bounds.
 */
#ifndef SPOOFJAX_FLAC_H
#define SPOOFJAX_FLAC_H

#include <stddef.h>
#include <stdint.h>

enum { FLAC_OTHER = -1, FLAC_DAMAGED = -2, FLAC_PADDING = 16 };

typedef struct {
    uint64_t samples;  /* of the whole file */
    uint32_t rate;     /* per second */
    uint32_t block;    /* samples of a frame where that is fixed, the most there are otherwise */
    size_t first;      /* where the first frame begins */
} flac_info;

/* Read the header. `data` has FLAC_PADDING zero bytes after its `size`. Returns 0 or an error. */
int flac_open(const uint8_t *data, size_t size, flac_info *info);

/* Write samples start .. start + count - 1 to `out`; `scratch` holds info->block + 32 values.
 * Returns 0 or an error; what is behind the last sample is an error too. */
int flac_read(const uint8_t *data, size_t size, const flac_info *info, uint64_t start,
              uint64_t count, int16_t *out, int32_t *scratch);

#endif
