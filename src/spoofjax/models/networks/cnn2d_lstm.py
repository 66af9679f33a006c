"""The network of `CNN2DLSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

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

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the states of the last layer, and (batch, width)."""
        x, lengths = self.trunk(x, lengths, train=train)
        x = self.recurrent.states(x, lengths)
        return Steps(self.recurrent.pool(x, lengths), x, lengths)
