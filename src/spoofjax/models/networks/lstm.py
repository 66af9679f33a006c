"""The network of `LSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import RecurrentSummary, require_frames, stacked
from spoofjax.models.network import Network

if TYPE_CHECKING:
    from spoofjax.models.lstm import LSTM


class LSTMNetwork(Network):
    """See `spoofjax.models.LSTM`."""

    def add_layers(self, config: LSTM, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the recurrent layers."""
        self.stack = config.stack
        self.recurrent = RecurrentSummary(
            config.stack * coefficients,
            config.units,
            rngs,
            bidirectional=config.bidirectional,
            pooling=config.pooling,
            dtype=config.dtype,
            form=config.recurrence,
        )
        return self.recurrent.width

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, coefficients) to (batch, width)."""
        require_frames(x.shape[1], self.stack)
        return self.recurrent(*stacked(x, lengths, self.stack))
