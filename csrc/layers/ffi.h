/* The handlers that XLA calls; csrc/layers/ffi.cc says what they take. */
#ifndef SPOOFJAX_LAYERS_FFI_H
#define SPOOFJAX_LAYERS_FFI_H

#ifdef __cplusplus
extern "C" {
#endif

/* How all later calls are to be done: threads of a layer's pass, and lanes (lstm.h). */
void spoofjax_layers_use(int threads, int lanes);

/* Addresses of the handlers, as XLA's registration wants them. */
void *spoofjax_lstm_score_handler(void);
void *spoofjax_lstm_forward_handler(void);
void *spoofjax_lstm_backward_handler(void);
void *spoofjax_conv_forward_handler(void);
void *spoofjax_conv_block_handler(void);
void *spoofjax_conv_gradient_handler(void);

#ifdef __cplusplus
}
#endif
#endif
