/* One item of work is one clip. Files are read, not mapped: a file that shrinks or a disk that fails
 * then costs one clip, where a mapping would end the process. */
#define _XOPEN_SOURCE 700 /* pread */
#define _FILE_OFFSET_BITS 64

#include "gather.h"

#include "base/pool.h"
#include "checksum.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4 * CHECKSUM_BLOCK }; /* bytes read at a time, so that they stay in cache */

/* pread until `count` bytes are there. Returns 0, or -1 where they are not. */
static int read_fully(int file, int64_t from, void *to, int64_t count)
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

/* Whether the blocks that make up bytes from .. from + count - 1 have their checksums. */
static int are_intact(const gather_shard *shard, int64_t from, const char *bytes, int64_t count)
{
    if (!shard->checksums) return 1;
    const uint64_t *expected = shard->checksums + from / CHECKSUM_BLOCK;
    for (int64_t done = 0; done < count; done += CHECKSUM_BLOCK) {
        const int64_t left = count - done;
        const int64_t size = left < CHECKSUM_BLOCK ? left : CHECKSUM_BLOCK;
        if (checksum_of(bytes + done, size) != *expected++) return 0;
    }
    return 1;
}

/* Write samples to a row from sample `done` on. */
static void put(const gather_batch *b, void *row, int64_t done, const char *bytes, int64_t count)
{
    if (b->int16) {
        memcpy((int16_t *)row + done, bytes, (size_t)(2 * count));
        return;
    }
    const int16_t *samples = (const int16_t *)(const void *)bytes;
    float *to = (float *)row + done;
    for (int64_t i = 0; i < count; i++) to[i] = (float)samples[i] * (1.0f / 32768);
}

/* Read `count` samples of a clip in whole blocks, check these and write the samples to a row.
 * Returns 0, GATHER_UNREAD or GATHER_DAMAGED. */
static int read_clip(const gather_batch *b, const gather_clip *clip, void *row, int64_t count,
                     char *scratch)
{
    const gather_shard *shard = clip->shard;
    const int64_t first = clip->begin + 2 * clip->start, end = first + 2 * count;
    if (first < 0 || end > shard->size) return GATHER_UNREAD;
    int64_t at = first - first % CHECKSUM_BLOCK;
    for (int64_t done = 0; done < count; at += PIECE) {
        int64_t stop = at + PIECE < end ? at + PIECE : end + CHECKSUM_BLOCK - 1;
        stop -= stop % CHECKSUM_BLOCK;
        if (stop > shard->size) stop = shard->size;
        if (read_fully(shard->file, shard->header + at, scratch, stop - at)) return GATHER_UNREAD;
        if (!are_intact(shard, at, scratch, stop - at)) return GATHER_DAMAGED;
        const int64_t from = at < first ? first : at, to = stop < end ? stop : end;
        put(b, row, done, scratch + (from - at), (to - from) / 2);
        done += (to - from) / 2;
    }
    return 0;
}

/* Repeat the first `filled` bytes of a row until `wanted` bytes are there. */
static void repeat(char *row, int64_t filled, int64_t wanted)
{
    while (filled < wanted) {
        const int64_t copied = filled < wanted - filled ? filled : wanted - filled;
        memcpy(row + filled, row, (size_t)copied);
        filled += copied;
    }
}

static void run_clip(const void *argument, ptrdiff_t i, void *scratch)
{
    const gather_batch *b = argument;
    const gather_clip *clip = b->clips + i;
    char *row = (char *)b->rows + i * b->stride;
    const int64_t left = clip->length - clip->start;
    const int64_t count = left < b->samples ? left : b->samples;
    b->own[i] = GATHER_UNREAD;
    if (!clip->shard || clip->start < 0 || count <= 0) return;
    const int problem = read_clip(b, clip, row, count, scratch);
    if (problem) {
        b->own[i] = problem;
        return;
    }
    const int64_t size = b->int16 ? 2 : 4;
    if (b->tile) repeat(row, count * size, b->samples * size);
    b->own[i] = b->tile ? b->samples : count;
}

int gather_run(const gather_batch *batch, int threads)
{
    return pool_run(run_clip, batch, batch->count, threads, PIECE);
}
