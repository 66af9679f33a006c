"""The LSTM on the features themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.config import Model

if TYPE_CHECKING:
    from flax import nnx


@dataclass(frozen=True)
class LSTM(Model):
    """Stacked LSTM layers over stacks of frames, the mean over time, dropout and a dense output."""

    units: tuple[int, ...] = (64, 64)
    """Size of each LSTM layer."""
    bidirectional: bool = True
    """Whether each layer also runs from the end."""
    stack: int = 2
    """Neighbouring frames joined into one step."""
    dropout: float = 0.3
    """Share of the last layer's inputs dropped in training."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> nnx.Module:
        """Return the network for (batch, frames, coefficients) and lengths in frames."""
        from spoofjax.models.networks.cnn import LSTMNetwork

        return LSTMNetwork(self, coefficients, rngs)
