/* One item of work is one clip. Files are read, not mapped: a file that shrinks or a disk that fails
 * then costs one clip, where a mapping would end the process. */
#define _XOPEN_SOURCE 700 /* pread */
#define _FILE_OFFSET_BITS 64

#include "gather.h"

#include "base/pool.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 1 << 15 }; /* samples converted to float32 at a time, so that they stay in cache */

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

static int read_samples(const gather_clip *clip, int64_t from, int16_t *to, int64_t count)
{
    return read_fully(clip->file, clip->begin + 2 * from, to, 2 * count);
}

static int read_floats(const gather_clip *clip, float *to, int64_t count, int16_t *scratch)
{
    for (int64_t done = 0; done < count;) {
        const int64_t piece = count - done < PIECE ? count - done : PIECE;
        if (read_samples(clip, clip->start + done, scratch, piece)) return -1;
        for (int64_t i = 0; i < piece; i++) to[done + i] = (float)scratch[i] * (1.0f / 32768);
        done += piece;
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
    b->own[i] = -1;
    if (clip->file < 0 || clip->start < 0 || count <= 0) return;
    const int failed = b->int16 ? read_samples(clip, clip->start, (int16_t *)row, count)
                                : read_floats(clip, (float *)row, count, scratch);
    if (failed) return;
    const int64_t size = b->int16 ? 2 : 4;
    if (b->tile) repeat(row, count * size, b->samples * size);
    b->own[i] = b->tile ? b->samples : count;
}

int gather_run(const gather_batch *batch, int threads)
{
    return pool_run(run_clip, batch, batch->count, threads, PIECE * sizeof(int16_t));
}
