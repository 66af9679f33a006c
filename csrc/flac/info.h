/* What the header of a FLAC file says, and what its decoder answers. */
#ifndef SPOOFJAX_FLAC_INFO_H
#define SPOOFJAX_FLAC_INFO_H

#include <stddef.h>
#include <stdint.h>

enum {
    FLAC_OTHER = -1,   /* a format that is left to a general decoder */
    FLAC_DAMAGED = -2, /* a checksum or a field is wrong */
    FLAC_PADDING = 16  /* zero bytes that the caller puts behind the file's own */
};

typedef struct {
    uint64_t samples; /* of the whole file */
    uint32_t rate;    /* per second */
    uint32_t block;   /* samples of a frame where that is fixed, otherwise the most there are */
    size_t first;     /* where the first frame begins, in bytes */
} flac_info;

#endif
