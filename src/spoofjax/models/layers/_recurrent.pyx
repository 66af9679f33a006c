"""The handlers of the C LSTM, as XLA registers them; csrc/recurrent/ffi.cc says what they take."""

from cpython.pycapsule cimport PyCapsule_New

cdef extern from "recurrent/ffi.h":
    void spoofjax_lstm_use(int threads, int lanes)
    void *spoofjax_lstm_score_handler()
    void *spoofjax_lstm_forward_handler()
    void *spoofjax_lstm_backward_handler()


def handlers(int threads, int lanes) -> dict:
    """Return {name: capsule} of the handlers, whose calls then use so many threads and lanes."""
    spoofjax_lstm_use(threads, lanes)
    return {
        "score": PyCapsule_New(spoofjax_lstm_score_handler(), NULL, NULL),
        "forward": PyCapsule_New(spoofjax_lstm_forward_handler(), NULL, NULL),
        "backward": PyCapsule_New(spoofjax_lstm_backward_handler(), NULL, NULL),
    }
