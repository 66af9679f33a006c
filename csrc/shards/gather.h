/* The clips of a batch, read out of packed shards straight into its rows. */
#ifndef SPOOFJAX_GATHER_H
#define SPOOFJAX_GATHER_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int file;       /* opened for reading; below 0: there is nothing to read */
    int64_t begin;  /* of the utterance's samples from the start of the file, in bytes; in record
                     * files of its chunk, without block headers */
    int64_t length; /* samples of the utterance */
    int64_t start;  /* the first one wanted */
    uint8_t *sound; /* record files: whether its hashes were found right before; else NULL */
} gather_clip;

typedef struct {
    const gather_clip *clips;
    ptrdiff_t count;
    int64_t samples; /* of a row, at most so many are read */
    int tile;        /* repeat what is shorter to the end of the row */
    int int16;       /* rows of int16, else of float32 in [-1, 1) */
    void *rows;
    ptrdiff_t stride; /* from row to row, in bytes */
    int64_t *own;     /* how many samples of each row were filled; -1: could not be read */
} gather_batch;

/* Fill the rows on at most `threads` threads. Returns 0, or -1 when memory is short. */
int gather_run(const gather_batch *batch, int threads);

#endif
