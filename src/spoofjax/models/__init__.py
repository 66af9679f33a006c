"""Architectures: configuration objects from which `build` makes a flax network.

Importing this does not import jax. An architecture consists of a `Classifier` here, which has its
fields and their checks, and a `Network` in networks/, which has its layers. Every network is called
as

    module(x, lengths, train=False, key=None) -> Output

where x is float32 (batch, frames, coefficients), and lengths is int32 (batch,), the number of valid
frames, or None where all frames are valid. In training, key is a jax random key for dropout, or an
array with one key for each utterance.
"""

from spoofjax.models.aasist import AASIST
from spoofjax.models.cached_encoder import CachedEncoder
from spoofjax.models.cnn import CNN
from spoofjax.models.cnn2d import CNN2D
from spoofjax.models.cnn2d_lstm import CNN2DLSTM
from spoofjax.models.cnn_lstm import CNNLSTM
from spoofjax.models.codec_aware import CodecAware
from spoofjax.models.conformer import Conformer
from spoofjax.models.ensemble import Ensemble
from spoofjax.models.lcnn import LCNN
from spoofjax.models.lstm import LSTM
from spoofjax.models.mlp import MLP
from spoofjax.models.rawgat_st import RawGATST
from spoofjax.models.rawnet2 import RawNet2
from spoofjax.models.residual import SERes2Net, SEResNet
from spoofjax.models.self_supervised import SelfSupervised
from spoofjax.models.tokens import TokenSurprisal, TokenTransformer

__all__ = [
    "AASIST",
    "CNN",
    "CNN2D",
    "CNN2DLSTM",
    "CNNLSTM",
    "LCNN",
    "LSTM",
    "MLP",
    "CachedEncoder",
    "CodecAware",
    "Conformer",
    "Ensemble",
    "RawGATST",
    "RawNet2",
    "SERes2Net",
    "SEResNet",
    "SelfSupervised",
    "TokenSurprisal",
    "TokenTransformer",
]
