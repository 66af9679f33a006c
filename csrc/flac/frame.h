/* One frame of a FLAC file. */
#ifndef SPOOFJAX_FLAC_FRAME_H
#define SPOOFJAX_FLAC_FRAME_H

#include "info.h"

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t sample; /* the number of the first sample */
    uint32_t block;  /* the number of samples */
    size_t bytes;    /* the size of the header */
} flac_frame;

/* Read a frame header; returns 0, FLAC_OTHER for a format this decoder leaves alone, or
 * FLAC_DAMAGED where there is no header. `p` is followed by FLAC_PADDING readable bytes. */
int flac_frame_header(const uint8_t *p, const uint8_t *end, const flac_info *info,
                      flac_frame *frame);

/* Decode the frame at p into `out`, info->block values; on success *next is its end. Returns 0,
 * FLAC_OTHER or FLAC_DAMAGED. */
int flac_frame_read(const uint8_t *p, const uint8_t *end, const flac_info *info, int32_t *out,
                    flac_frame *frame, const uint8_t **next);

#endif
