"""CNN2D-LSTM: convolutions over time and frequency, recurrent layers, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Model
from spoofjax.models.checks import Precision, check_positive
from spoofjax.models.cnn2d import check_trunk

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.cnn2d_lstm import CNN2DLSTMNetwork


@dataclass(frozen=True)
class CNN2DLSTM(Model):
    """The blocks of CNN2D, bins and channels flattened per step, LSTM layers, pooling, dense."""

    channels: tuple[int, ...] = (16, 32, 48, 64)
    """Channels of each block."""
    convolutions: tuple[int, ...] = (1, 2, 2, 2)
    """Convolutions in each block; the first block, at full resolution, is the dearest."""
    kernel: int = 3
    """Frames and bins that a convolution sees."""
    pool: int = 2
    """Frames and bins that each block pools into one."""
    units: tuple[int, ...] = (48,)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = True
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or where each direction ended."""
    dropout: float = 0.3
    """Before the dense layer."""
    dtype: Precision = "float32"
    """Of the arithmetic; parameters and statistics are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> CNN2DLSTMNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.cnn2d_lstm import CNN2DLSTMNetwork

        check_positive(self, "units")
        check_trunk(self, coefficients)
        return CNN2DLSTMNetwork(self, coefficients, rngs)
