"""The CNN over time and frequency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class CNN2D(Model):
    """Blocks of 3 x 3 convolution, batch norm, ReLU and max-pooling; mean and deviation."""

    channels: tuple[int, ...] = (16, 32, 48, 64)
    """Filters of each block; time and frequency are halved after each."""
    hidden: int = 64
    """Units of the dense layer."""
    dropout: float = 0.3
    """Share of the last layer's inputs dropped in training."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the network for (batch, frames, coefficients) and lengths in frames."""
        from spoofjax.models.networks.cnn2d import CNN2DNetwork

        return CNN2DNetwork(self, coefficients, rngs)
