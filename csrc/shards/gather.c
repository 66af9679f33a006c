/* One item of work is one clip. Files are read, not mapped: an error of the file system is then a
 * clip that could not be read, not the end of the process. */
#include "gather.h"

#include "base/pool.h"
#include "record.h"

#include <string.h>

enum { PIECE = RECORD_SCRATCH / 2 }; /* samples */

static int read_samples(const gather_clip *clip, int64_t from, int16_t *to, int64_t count)
{
    if (clip->sound == NULL)
        return read_fully(clip->file, clip->begin + 2 * from, to, 2 * count);
    return record_read(clip->file, clip->begin + record_prefix(clip->length) + 2 * from, to,
                       2 * count);
}

static int read_floats(const gather_clip *clip, float *to, int64_t count, int16_t *scratch)
{
    for (int64_t done = 0; done < count;) {
        const int64_t here = count - done < PIECE ? count - done : PIECE;
        if (read_samples(clip, clip->start + done, scratch, here)) return -1;
        for (int64_t i = 0; i < here; i++) to[done + i] = (float)scratch[i] * (1.0f / 32768);
        done += here;
    }
    return 0;
}

/* Whether the samples are in the row now. A record is hashed once, when it is first read, as long
 * as its shard is open. */
static int fill(const gather_clip *clip, void *row, int int16, int64_t count, void *scratch)
{
    if (clip->sound != NULL && !__atomic_load_n(clip->sound, __ATOMIC_RELAXED)) {
        const record_part part = {clip->start, count, int16 ? row : NULL};
        if (!record_sound(clip->file, clip->begin, clip->length, &part, scratch)) return 0;
        __atomic_store_n(clip->sound, 1, __ATOMIC_RELAXED);
        if (int16) return 1;
    }
    return (int16 ? read_samples(clip, clip->start, row, count)
                  : read_floats(clip, row, count, scratch)) == 0;
}

static void repeat(char *row, int64_t filled, int64_t wanted)
{
    while (filled < wanted) {
        const int64_t more = filled < wanted - filled ? filled : wanted - filled;
        memcpy(row + filled, row, (size_t)more);
        filled += more;
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
    if (!fill(clip, row, b->int16, count, scratch)) return;
    const int64_t size = b->int16 ? 2 : 4;
    if (b->tile) repeat(row, count * size, b->samples * size);
    b->own[i] = b->tile ? b->samples : count;
}

int gather_run(const gather_batch *batch, int threads)
{
    return pool_run(run_clip, batch, batch->count, threads, RECORD_SCRATCH);
}
