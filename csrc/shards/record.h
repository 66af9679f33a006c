/* Record files as `spoofjax pack` writes them: uncompressed, one utterance in each chunk.
 *
 * The file is a sequence of bytes cut into blocks of 64 KiB, each with a header of 24 bytes. What
 * stands between these headers is counted here without them: a chunk is then a header of 40 bytes,
 * a few bytes that tell the size, and the samples. Reference: google/riegeli,
 * doc/riegeli_records_file_format.md. */
#ifndef SPOOFJAX_RECORD_H
#define SPOOFJAX_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum { RECORD_FIRST = 40, RECORD_SCRATCH = 1 << 16 }; /* where the first chunk begins */

/* Return how many bytes a chunk has before its samples, header included. */
int64_t record_prefix(int64_t samples);

/* Read bytes of the sequence without block headers. Returns 0, or -1 where they are not there. */
int record_read(int file, int64_t from, void *to, int64_t count);

/* Part of an utterance, and where it goes; NULL: nowhere. */
typedef struct {
    int64_t start, count; /* samples */
    int16_t *to;
} record_part;

/* Whether an utterance of so many samples stands at `from`, with the hashes that its chunk states.
 * The part is copied on the way, sound or not. `scratch` holds RECORD_SCRATCH bytes. */
int record_sound(int file, int64_t from, int64_t samples, const record_part *part,
                 uint8_t *scratch);

/* pread to the end of `count`. Returns 0, or -1 where the bytes are not there. */
int read_fully(int file, int64_t from, void *to, int64_t count);

#endif
