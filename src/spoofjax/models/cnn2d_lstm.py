"""The CNN-LSTM over time and frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class CNN2DLSTM(Model):
    """The blocks of CNN2D, bidirectional LSTM layers, dropout and a dense output."""

    channels: tuple[int, ...] = (16, 32, 48, 64)
    """Filters of each block; time and frequency are halved after each."""
    units: tuple[int, ...] = (48,)
    """Size of each LSTM layer."""
    bidirectional: bool = True
    """Whether each layer also runs from the end."""
    dropout: float = 0.3
    """Share of the last layer's inputs dropped in training."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the network for (batch, frames, coefficients) and lengths in frames."""
        from spoofjax.models.networks.cnn2d import CNN2DLSTMNetwork

        return CNN2DLSTMNetwork(self, coefficients, rngs)
