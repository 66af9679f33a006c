"""The network of `CNNLSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.channels import Along, Channels, channels_of_blocks, channels_of_lstm
from spoofjax.models.layers import RecurrentSummary, require_frames
from spoofjax.models.network import Network
from spoofjax.models.networks.cnn import blocks_over_time
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.cnn_lstm import CNNLSTM


class CNNLSTMNetwork(Network):
    """See `spoofjax.models.CNNLSTM`."""

    def add_layers(self, config: CNNLSTM, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the blocks and the recurrent layers."""
        self.blocks = blocks_over_time(config, coefficients, rngs)
        self.pooled = config.pool ** len(config.channels)
        self.recurrent = RecurrentSummary(
            config.channels[-1],
            config.units,
            rngs,
            bidirectional=config.bidirectional,
            pooling=config.pooling,
            dtype=config.dtype,
            form=config.recurrence,
        )
        self.step_frames, self.step_width = self.pooled, self.recurrent.step_width
        return self.recurrent.width

    def removable_channels(self) -> list[Channels]:
        """Return those of the blocks, and the units of the recurrent layers."""
        first = self.recurrent.layers[0].directions
        inputs = [Along(f"recurrent/layers/0/directions/{n}/kernel", 0) for n in range(len(first))]
        readers = (*self.embedding_readers(self.recurrent.of_zeros), *self.step_readers())
        return [
            *channels_of_blocks("blocks", self.blocks, inputs),
            *channels_of_lstm("recurrent/layers", self.recurrent.layers, readers),
        ]

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the states of the last layer, and (batch, width)."""
        require_frames(x.shape[1], self.pooled)
        for block in self.blocks:
            x, lengths = block(x, lengths, train=train)
        x = self.recurrent.states(x, lengths)
        return Steps(self.recurrent.pool(x, lengths), x, lengths)
