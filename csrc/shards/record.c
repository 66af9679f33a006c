/* Where a record's bytes are, and whether they are what was written. */
#define _XOPEN_SOURCE 700 /* pread */
#define _FILE_OFFSET_BITS 64
#include "record.h"

#include "highway.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 1 << 16, BLOCK_HEADER = 24, USABLE = BLOCK - BLOCK_HEADER, CHUNK_HEADER = 40 };

int read_fully(int file, int64_t from, void *to, int64_t count)
{
    for (char *at = to; count > 0;) {
        const ssize_t got = pread(file, at, (size_t)count, (off_t)from);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return -1;
        at += got;
        from += got;
        count -= got;
    }
    return 0;
}

int record_read(int file, int64_t from, void *to, int64_t count)
{
    for (char *at = to; count > 0;) {
        const int64_t inside = from % USABLE;
        const int64_t here = count < USABLE - inside ? count : USABLE - inside;
        const int64_t where = from / USABLE * BLOCK + BLOCK_HEADER + inside;
        if (read_fully(file, where, at, here)) return -1;
        at += here;
        from += here;
        count -= here;
    }
    return 0;
}

/* Seven bits a byte, the least first; the top bit says that more follow. */
static int varint(uint64_t value, uint8_t *to)
{
    int count = 0;
    for (; value >= 128; value >>= 7) to[count++] = (uint8_t)(value | 128);
    to[count++] = (uint8_t)value;
    return count;
}

/* What stands between a chunk's header and its samples: compression (none), and the list of sizes
 * with its own size. `to` holds 12 bytes. */
static int sizes(int64_t samples, uint8_t *to)
{
    const int count = varint((uint64_t)samples * 2, to + 2);
    to[0] = 0;
    to[1] = (uint8_t)count;
    return count + 2;
}

int64_t record_prefix(int64_t samples)
{
    uint8_t found[12];
    return CHUNK_HEADER + sizes(samples, found);
}

static uint64_t number(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--) value = value << 8 | at[i];
    return value;
}

/* Copy what bytes at .. at + count - 1 of the samples have of the part. */
static void copy_part(const record_part *part, int64_t at, const uint8_t *bytes, int64_t count)
{
    const int64_t begin = 2 * part->start, end = begin + 2 * part->count;
    const int64_t first = at > begin ? at : begin;
    const int64_t last = at + count < end ? at + count : end;
    if (part->to != NULL && first < last)
        memcpy((char *)part->to + (first - begin), bytes + (first - at), (size_t)(last - first));
}

int record_sound(int file, int64_t from, int64_t samples, const record_part *part,
                 uint8_t *scratch)
{
    uint8_t expected[12], *const header = scratch;
    const int extra = sizes(samples, expected);
    if (record_read(file, from, header, CHUNK_HEADER + extra)) return 0;
    highway h;
    highway_start(&h);
    highway_feed(&h, header + 8, CHUNK_HEADER - 8);
    const uint64_t data_hash = number(header + 16);
    if (highway_end(&h) != number(header) ||
        number(header + 8) != (uint64_t)(extra + samples * 2) ||
        number(header + 24) != ('r' | 1 << 8) || number(header + 32) != (uint64_t)samples * 2 ||
        memcmp(header + CHUNK_HEADER, expected, (size_t)extra))
        return 0;
    highway_start(&h);
    highway_feed(&h, expected, (size_t)extra);
    from += CHUNK_HEADER + extra;
    for (int64_t done = 0, here; done < samples * 2; done += here) {
        const int64_t in_block = USABLE - (from + done) % USABLE, left = samples * 2 - done;
        here = left < in_block ? left : in_block;
        if (record_read(file, from + done, scratch, here)) return 0;
        highway_feed(&h, scratch, (size_t)here);
        copy_part(part, done, scratch, here);
    }
    return highway_end(&h) == data_hash;
}
