"""The network of `LSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import (
    RecurrentSummary,
    pooled,
    require_frames,
    valid,
    zero_padding,
)
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
        )
        return self.recurrent.width

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, coefficients) to (batch, width)."""
        require_frames(x.shape[1], self.stack)
        steps = x.shape[1] // self.stack
        # An utterance shorter than one stack still counts as one, whose padding must be zeros.
        x = zero_padding(x, valid(lengths, x.shape[1]))
        x = x[:, : steps * self.stack].reshape(x.shape[0], steps, -1)
        return self.recurrent(x, pooled(lengths, self.stack))
