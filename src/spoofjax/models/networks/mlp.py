"""The network of `MLP`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import Dense, Dropout, mean_over_time, numbered_key, valid
from spoofjax.models.layers.initial import constant
from spoofjax.models.network import Network

if TYPE_CHECKING:
    from spoofjax.models.mlp import MLP


class MLPNetwork(Network):
    """See `spoofjax.models.MLP`."""

    def add_layers(self, config: MLP, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the weights of the layers and the dense layers."""
        self.layers = config.layers
        width = coefficients
        if config.layers is not None:
            self.layer_weights = constant((config.layers,), 0.0)
            width = self.width = coefficients // config.layers
        self.input_dropout = Dropout(config.input_dropout)
        self.hidden = nnx.List()
        for size in config.hidden:
            self.hidden.append(Dense(width, size, rngs, dtype=config.dtype))
            width = size
        return width

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, layers x width) to the last hidden layer (batch, size)."""
        x = mean_over_time(x, valid(lengths, x.shape[1]))
        if self.layers is not None:
            weights = jax.nn.softmax(self.layer_weights[...])
            x = jnp.einsum("l,blw->bw", weights, x.reshape(x.shape[0], self.layers, self.width))
        x = self.input_dropout(x, train=train, key=numbered_key(key, 1))
        for layer in self.hidden:
            x = jax.nn.relu(layer(x))
        return x
