"""The handlers of the layers in C, for XLA; csrc/layers/ffi.cc describes their arguments."""

from cpython.pycapsule cimport PyCapsule_New

cdef extern from "layers/ffi.h":
    void spoofjax_layers_use(int threads, int lanes)
    void *spoofjax_lstm_score_handler()
    void *spoofjax_lstm_forward_handler()
    void *spoofjax_lstm_backward_handler()
    void *spoofjax_conv_forward_handler()
    void *spoofjax_conv_block_handler()
    void *spoofjax_conv_gradient_handler()
    void *spoofjax_map_forward_handler()
    void *spoofjax_map_block_handler()
    void *spoofjax_map_gradient_handler()


def handlers(int threads, int lanes) -> dict:
    """Return {name: capsule}; calls of the handlers then use this many threads and lanes."""
    spoofjax_layers_use(threads, lanes)
    return {
        "lstm_score": PyCapsule_New(spoofjax_lstm_score_handler(), NULL, NULL),
        "lstm_forward": PyCapsule_New(spoofjax_lstm_forward_handler(), NULL, NULL),
        "lstm_backward": PyCapsule_New(spoofjax_lstm_backward_handler(), NULL, NULL),
        "conv_forward": PyCapsule_New(spoofjax_conv_forward_handler(), NULL, NULL),
        "conv_block": PyCapsule_New(spoofjax_conv_block_handler(), NULL, NULL),
        "conv_gradient": PyCapsule_New(spoofjax_conv_gradient_handler(), NULL, NULL),
        "map_forward": PyCapsule_New(spoofjax_map_forward_handler(), NULL, NULL),
        "map_block": PyCapsule_New(spoofjax_map_block_handler(), NULL, NULL),
        "map_gradient": PyCapsule_New(spoofjax_map_gradient_handler(), NULL, NULL),
    }
