"""Architectures: configuration objects whose `build` makes the flax network."""

from spoofjax.models.cnn import CNN
from spoofjax.models.cnn2d import CNN2D
from spoofjax.models.cnn2d_lstm import CNN2DLSTM
from spoofjax.models.cnn_lstm import CNNLSTM
from spoofjax.models.lstm import LSTM

__all__ = ["CNN", "CNN2D", "CNN2DLSTM", "CNNLSTM", "LSTM"]
