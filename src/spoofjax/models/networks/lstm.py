"""The network of `LSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.channels import Channels, channels_of_lstm
from spoofjax.models.layers import RecurrentSummary, require_frames, stacked
from spoofjax.models.network import Network
from spoofjax.models.output import Steps

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
        self.step_frames, self.step_width = self.stack, self.recurrent.step_width
        return self.recurrent.width

    def removable_channels(self) -> list[Channels]:
        """Return the units of the recurrent layers."""
        readers = (*self.embedding_readers(self.recurrent.of_zeros), *self.step_readers())
        return channels_of_lstm("recurrent/layers", self.recurrent.layers, readers)

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the states of the last layer, and (batch, width)."""
        require_frames(x.shape[1], self.stack)
        x, lengths = stacked(x, lengths, self.stack)
        x = self.recurrent.states(x, lengths)
        return Steps(self.recurrent.pool(x, lengths), x, lengths)
