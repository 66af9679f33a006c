/* The clips of a batch, read out of packed .npy shards straight into the rows of the batch. */
#ifndef SPOOFJAX_GATHER_H
#define SPOOFJAX_GATHER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int file;       /* open for reading; below 0: this clip is left alone */
    int64_t begin;  /* where the samples of the utterance start in the file, in bytes */
    int64_t length; /* samples of the utterance */
    int64_t start;  /* the first sample to read */
} gather_clip;

typedef struct {
    const gather_clip *clips;
    ptrdiff_t count;
    int64_t samples; /* of a row: no more are read */
    int tile;        /* repeat a shorter clip to the end of its row */
    int int16;       /* rows are int16, else float32 in [-1, 1) */
    void *rows;
    ptrdiff_t stride; /* from row to row, in bytes */
    int64_t *own;     /* samples written to each row; -1: the clip could not be read */
} gather_batch;

/* Fill the rows on at most `threads` threads. Returns 0, or -1 when memory is short. */
int gather_run(const gather_batch *batch, int threads);

#endif
