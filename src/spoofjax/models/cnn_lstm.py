"""The CNN-LSTM: convolutions over time, then LSTM layers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class CNNLSTM(Model):
    """Conv1D and max-pooling blocks with batch norm, LSTM layers, dropout and a dense output."""

    channels: tuple[int, ...] = (64, 128)
    """Filters of each convolution block."""
    kernel: int = 3
    """Frames under each filter."""
    pool: int = 2
    """Frames per maximum after each block."""
    units: tuple[int, ...] = (128, 128)
    """Size of each LSTM layer."""
    bidirectional: bool = False
    """Whether each layer also runs from the end."""
    dropout: float = 0.3
    """Share of the last layer's inputs dropped in training."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the network for (batch, frames, coefficients) and lengths in frames."""
        from spoofjax.models.networks.cnn import CNNLSTMNetwork

        return CNNLSTMNetwork(self, coefficients, rngs)
