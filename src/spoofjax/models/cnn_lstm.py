"""CNN-LSTM: convolutions over time shorten the sequence, recurrent layers read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Model
from spoofjax.models.checks import Precision, check_positive, check_rate

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.cnn_lstm import CNNLSTMNetwork


@dataclass(frozen=True)
class CNNLSTM(Model):
    """Blocks of [Conv1D, batch norm, ReLU, max-pool], LSTM layers, pooling, dropout, dense."""

    channels: tuple[int, ...] = (64, 128)
    """Channels of each convolutional block."""
    kernel: int = 3
    """Frames that a convolution sees."""
    pool: int = 2
    """Frames that each block pools into one."""
    batch_norm: bool = True
    units: tuple[int, ...] = (128, 128)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = False
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or where each direction ended."""
    dropout: float = 0.3
    """Before the dense layer."""
    dtype: Precision = "float32"
    """Of the arithmetic; parameters and statistics are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> CNNLSTMNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.cnn_lstm import CNNLSTMNetwork

        check_positive(self, "channels", "kernel", "pool", "units")
        check_rate(self)
        return CNNLSTMNetwork(self, coefficients, rngs)
