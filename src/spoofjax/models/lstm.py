"""LSTM: recurrent layers on the frames as they are, dense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spoofjax.config import Model
from spoofjax.models.checks import Precision, check_positive, check_rate

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.networks.lstm import LSTMNetwork


@dataclass(frozen=True)
class LSTM(Model):
    """Stacks of frames, LSTM layers in one direction or both, pooling, dropout, dense."""

    units: tuple[int, ...] = (64, 64)
    """Units of each LSTM layer, per direction."""
    bidirectional: bool = True
    stack: int = 2
    """Neighbouring frames joined into one step: shorter recurrences, faster training."""
    pooling: Literal["mean", "statistics", "last"] = "mean"
    """Over time: mean; mean and deviation; or where each direction ended."""
    dropout: float = 0.3
    """Before the dense layer."""
    dtype: Precision = "float32"
    """Of the arithmetic; parameters are float32."""

    def build(self, coefficients: int, rngs: nnx.Rngs) -> LSTMNetwork:
        """Return the network for (batch, frames, coefficients). Raises ConfigError."""
        from spoofjax.models.networks.lstm import LSTMNetwork

        check_positive(self, "units", "stack")
        check_rate(self)
        return LSTMNetwork(self, coefficients, rngs)
