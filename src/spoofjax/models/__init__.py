"""Architectures: configuration objects whose `build` makes the flax network.

Importing this imports no jax. An architecture is a `Classifier` here, with its fields and their
checks, and a `Network` in networks/, with its layers. Every network is called as

    module(x, lengths, train=False, key=None) -> Output

with x float32 (batch, frames, coefficients), lengths int32 (batch,) the number of valid frames, or
None where all frames are valid, and, in training, a jax random key for dropout, or one for each
utterance.
"""

from spoofjax.models.cnn import CNN
from spoofjax.models.cnn2d import CNN2D
from spoofjax.models.cnn2d_lstm import CNN2DLSTM
from spoofjax.models.cnn_lstm import CNNLSTM
from spoofjax.models.lcnn import LCNN
from spoofjax.models.lstm import LSTM

__all__ = ["CNN", "CNN2D", "CNN2DLSTM", "CNNLSTM", "LCNN", "LSTM"]
