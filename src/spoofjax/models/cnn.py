"""The CNN: convolutions over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class CNN(Model):
    """Conv1D blocks with batch norm and max-pooling, mean and deviation over time, dense."""

    channels: tuple[int, ...] = (64, 128, 256)
    """Filters of each convolution block."""
    kernel: int = 3
    """Frames under each filter."""
    pool: int = 2
    """Frames per maximum after each block."""
    hidden: int = 128
    """Units of the dense layer."""
    dropout: float = 0.3
    """Share of the last layer's inputs dropped in training."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the network for (batch, frames, coefficients) and lengths in frames."""
        from spoofjax.models.networks.cnn import CNNNetwork

        return CNNNetwork(self, coefficients, rngs)
