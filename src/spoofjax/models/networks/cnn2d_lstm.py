"""The network of `CNN2DLSTM`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import RecurrentSummary
from spoofjax.models.network import Network
from spoofjax.models.networks.cnn2d import Trunk2D

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
        return self.recurrent.width

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, coefficients) to (batch, width)."""
        return self.recurrent(*self.trunk(x, lengths, train=train))
