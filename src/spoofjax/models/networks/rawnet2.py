"""The network of `RawNet2`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import BatchNorm, Conv, Dense, max_pool, mean_over_time
from spoofjax.models.layers.gru import GRULayer
from spoofjax.models.layers.sinc import SincBank
from spoofjax.models.networks.two_logits import TwoLogits

if TYPE_CHECKING:
    from spoofjax.models.rawnet2 import RawNet2

POOL = 3
"""Frames of which each block takes the maximum."""
SLOPE = 0.3
"""Slope of the leaky ReLU for negative values."""


class RawBlock(nnx.Module):
    """Two convolutions over time with a residual connection, max-pool, and scaled channels.

    The scale of a channel is s = sigmoid(dense(mean over time)); the result is x * s + s.
    """

    def __init__(
        self, inputs: int, outputs: int, rngs: nnx.Rngs, *, activates_first: bool, dtype: str
    ):
        self.first_norm = BatchNorm(inputs) if activates_first else None
        self.first = Conv(inputs, outputs, (3,), rngs, dtype=dtype)
        self.norm = BatchNorm(outputs)
        self.second = Conv(outputs, outputs, (3,), rngs, dtype=dtype)
        is_wider = inputs != outputs
        self.shortcut = Conv(inputs, outputs, (1,), rngs, dtype=dtype) if is_wider else None
        self.scale = Dense(outputs, outputs, rngs)

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """Map (batch, frames, inputs) to (batch, frames // 3, outputs)."""
        y = x
        if self.first_norm is not None:
            y = jax.nn.leaky_relu(self.first_norm(y, None, train=train), SLOPE)
        y = jax.nn.leaky_relu(self.norm(self.first(y), None, train=train), SLOPE)
        y = self.second(y) + (x if self.shortcut is None else self.shortcut(x))
        pooled: Any = max_pool(y, 1, POOL)
        scale = jax.nn.sigmoid(self.scale(mean_over_time(pooled, None)))
        scale = scale.astype(pooled.dtype)[:, None]
        return pooled * scale + scale


class RawNet2Network(TwoLogits):
    """See `spoofjax.models.RawNet2`."""

    def add_layers(self, config: RawNet2, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the filters, the blocks, the recurrent layers and the first dense layer."""
        self.bank = SincBank(config.filters, config.taps, over_filters=False)
        widths = (config.filters, *config.channels)
        self.blocks = nnx.List(
            RawBlock(
                a, b, rngs, activates_first=config.activates_first and k > 0, dtype=config.dtype
            )
            for k, (a, b) in enumerate(itertools.pairwise(widths))
        )
        self.norm = BatchNorm(widths[-1])
        self.recurrent = nnx.List(
            GRULayer(a, b, rngs, config.dtype)
            for a, b in itertools.pairwise((widths[-1], *config.units))
        )
        self.hidden = Dense(config.units[-1], config.hidden, rngs, config.dtype)
        self.dtype = config.dtype
        return config.hidden

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map samples (batch, samples, 1) to (batch, width). All samples count as valid."""
        x = self.bank(x, blocks=len(self.blocks), train=train, key=key)
        x = x.astype(jnp.dtype(self.dtype))
        for block in self.blocks:
            x = block(x, train=train)
        x = jax.nn.selu(self.norm(x, None, train=train))
        for layer in self.recurrent:
            x = layer(x)
        return self.hidden(x[:, -1])
