/* The handlers that XLA calls; ffi.cc describes their arguments. */
#ifndef SPOOFJAX_LAYERS_FFI_H
#define SPOOFJAX_LAYERS_FFI_H

#ifdef __cplusplus
extern "C" {
#endif

/* Set the threads of a layer's pass and the lanes of a vector (lstm.h) for all later calls. */
void spoofjax_layers_use(int threads, int lanes);

/* The addresses of the handlers, for registration with XLA. */
void *spoofjax_lstm_score_handler(void);
void *spoofjax_lstm_forward_handler(void);
void *spoofjax_lstm_backward_handler(void);
void *spoofjax_conv_forward_handler(void);
void *spoofjax_conv_block_handler(void);
void *spoofjax_conv_gradient_handler(void);
void *spoofjax_map_forward_handler(void);
void *spoofjax_map_block_handler(void);
void *spoofjax_map_gradient_handler(void);

#ifdef __cplusplus
}
#endif
#endif
