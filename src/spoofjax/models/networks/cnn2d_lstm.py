"""The network of `CNN2DLSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.channels import Along, Channels, channels_of_blocks, channels_of_lstm
from spoofjax.models.layers import RecurrentSummary
from spoofjax.models.network import Network
from spoofjax.models.networks.cnn2d import Trunk2D
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.cnn2d_lstm import CNN2DLSTM


class CNN2DLSTMNetwork(Network):
    """See `spoofjax.models.CNN2DLSTM`."""

    def add_layers(self, config: CNN2DLSTM, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the trunk and the recurrent layers."""
        self.trunk = Trunk2D(config, coefficients, rngs)
        self.recurrent = RecurrentSummary(
            self.trunk.width,
            config.units,
            rngs,
            bidirectional=config.bidirectional,
            pooling=config.pooling,
            dtype=config.dtype,
            form=config.recurrence,
        )
        self.step_frames, self.step_width = self.trunk.pooled, self.recurrent.step_width
        return self.recurrent.width

    def removable_channels(self) -> list[Channels]:
        """Return those of the trunk, and the units of the recurrent layers."""
        first = self.recurrent.layers[0].directions
        inputs = [Along(f"recurrent/layers/0/directions/{n}/kernel", 0) for n in range(len(first))]
        readers = (*self.embedding_readers(self.recurrent.of_zeros), *self.step_readers())
        return [
            *channels_of_blocks("trunk/blocks", self.trunk.blocks, inputs),
            *channels_of_lstm("recurrent/layers", self.recurrent.layers, readers),
        ]

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the states of the last layer, and (batch, width)."""
        x, lengths = self.trunk(x, lengths, train=train)
        x = self.recurrent.states(x, lengths)
        return Steps(self.recurrent.pool(x, lengths), x, lengths)
