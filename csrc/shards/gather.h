/* The clips of a batch, read out of packed .npy shards straight into the rows of the batch. */
#ifndef SPOOFJAX_GATHER_H
#define SPOOFJAX_GATHER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int file;                  /* open for reading */
    int64_t header;            /* bytes before the first block */
    int64_t size;              /* bytes behind the header */
    const uint64_t *checksums; /* of each block; NULL: nothing is checked */
} gather_shard;

typedef struct {
    const gather_shard *shard; /* NULL: this clip is left alone */
    int64_t begin;             /* where the utterance starts behind the header, in bytes */
    int64_t length;            /* samples of the utterance */
    int64_t start;             /* the first sample to read */
} gather_clip;

enum { GATHER_UNREAD = -1, GATHER_DAMAGED = -2 };

typedef struct {
    const gather_clip *clips;
    ptrdiff_t count;
    int64_t samples; /* of a row, which is read no further */
    int tile;        /* repeat a shorter clip to the end of its row */
    int int16;       /* rows are int16, else float32 in [-1, 1) */
    void *rows;
    ptrdiff_t stride; /* from row to row, in bytes */
    int64_t *own;     /* samples written to each row; GATHER_UNREAD: the clip could not be read;
                     GATHER_DAMAGED: a block of it does not have its checksum */
} gather_batch;

/* Fill the rows on at most `threads` threads. Returns 0, or -1 when memory is short. */
int gather_run(const gather_batch *batch, int threads);

#endif
