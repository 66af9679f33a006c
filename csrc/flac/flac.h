/* FLAC to samples, for the files that corpora are made of: one channel, 16 bits (RFC 9639).
 *
 * Everything else is left to a general decoder. No input makes these functions read or write out of
 * bounds. */
#ifndef SPOOFJAX_FLAC_H
#define SPOOFJAX_FLAC_H

#include "info.h"

#include <stddef.h>
#include <stdint.h>

/* Read the header. `data` has FLAC_PADDING zero bytes after its `size`. Returns 0, FLAC_OTHER or
 * FLAC_DAMAGED. */
int flac_open(const uint8_t *data, size_t size, flac_info *info);

/* Write samples start .. start + count - 1 to `out`; `scratch` holds info->block + 32 values.
 * Returns 0, FLAC_OTHER or FLAC_DAMAGED, also where the file has fewer samples. */
int flac_read(const uint8_t *data, size_t size, const flac_info *info, uint64_t start,
              uint64_t count, int16_t *out, int32_t *scratch);

/* Whether the file ends with the last sample that its header states: 0, or FLAC_DAMAGED for a
 * truncated file. Only the last frame is read. */
int flac_check_end(const uint8_t *data, size_t size, const flac_info *info, int32_t *scratch);

#endif
