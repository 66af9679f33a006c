/* What a kernel is given: the rows of the batch that one thread works on, and its tables. */
#ifndef SPOOFJAX_LSTM_SHARE_H
#define SPOOFJAX_LSTM_SHARE_H

#include "lstm.h"

typedef struct {
    const lstm_layer *layer;
    ptrdiff_t first, rows;
    const float *packed;        /* see pack_forward and pack_backward in lstm.c */
    const lstm_outputs *kept;
    const lstm_gradients *out;  /* backward only */
    float *state;               /* rows x units: cells, or their gradient */
    float *weights;             /* (inputs + units + 1) x 4 units: this share's part, zero at first */
} lstm_share;

void lstm_forward_avx2(const lstm_share *share);
void lstm_forward_avx512(const lstm_share *share);
void lstm_backward_avx2(const lstm_share *share);
void lstm_backward_avx512(const lstm_share *share);

#endif
