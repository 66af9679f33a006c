"""The layers of `Nes2NetX`. Everywhere a convolution is followed by ReLU, then by batch norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import BatchNorm, Dense, mean_over_time, valid, zero_padding
from spoofjax.models.layers.initial import constant, he_normal, parameter

if TYPE_CHECKING:
    from spoofjax.models.heads.nes2net import Nes2NetX

TAPS = 3


class Nes2NetXNetwork(nnx.Module):
    """See `spoofjax.models.heads.Nes2NetX`."""

    def __init__(self, config: Nes2NetX, width: int, rngs: nnx.Rngs):
        channels = width // config.groups
        blocks = range(config.groups - 1)
        self.blocks = nnx.List(Block(config, channels, rngs) for _ in blocks)
        self.norms = nnx.List(BatchNorm(channels) for _ in blocks)
        self.norm = BatchNorm(width)
        self.output = Dense(width, 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return logits (batch, 2) and the mean over the valid frames (batch, width)."""
        x = encoded.last
        mask = valid(encoded.lengths, x.shape[1])
        *groups, last = jnp.split(x, len(self.blocks) + 1, axis=-1)
        outputs: list[jax.Array] = []
        for group, block, norm in zip(groups, self.blocks, self.norms, strict=True):
            total = outputs[-1] + group if outputs else group
            y = jax.nn.relu(block(total, mask, train=train))
            outputs.append(norm(y, mask, train=train))
        x = self.norm(jnp.concatenate([*outputs, last], axis=-1), mask, train=train)
        embedding = mean_over_time(jax.nn.relu(x), mask)
        return self.output(embedding), embedding


class Block(nnx.Module):
    """A residual block whose convolutions see ever more of the parts of its channels."""

    def __init__(self, config: Nes2NetX, channels: int, rngs: nnx.Rngs):
        part = channels // config.scale
        steps = range(config.scale - 1)
        self.first = Dense(channels, channels, rngs)
        self.first_norm = BatchNorm(channels)
        self.convolutions = nnx.List(DilatedConv(part, config.dilation, rngs) for _ in steps)
        self.norms = nnx.List(BatchNorm(part) for _ in steps)
        self.weights = nnx.List(constant((step + 2,), 1 / (step + 2)) for step in steps)
        self.last = Dense(channels, channels, rngs)
        self.last_norm = BatchNorm(channels)
        self.squeeze = Dense(channels, channels // config.squeeze, rngs)
        self.excite = Dense(channels // config.squeeze, channels, rngs)

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, channels) to the same shape; `mask` is that of the valid frames."""
        y = self.first_norm(jax.nn.relu(self.first(x)), mask, train=train)
        *pieces, untouched = jnp.split(y, len(self.convolutions) + 1, axis=-1)
        outputs = []
        # The pieces seen so far, side by side: (batch, frames, pieces, part).
        seen = untouched[:, :, None]
        for k, piece in enumerate(pieces):
            seen = jnp.concatenate([seen, piece[:, :, None]], axis=2)
            seen = jax.nn.relu(self.convolutions[k](zero_padding(seen, mask)))
            seen = self.norms[k](seen, mask, train=train)
            outputs.append(jnp.einsum("btsc,s->btc", seen, self.weights[k][...]))
        y = self.last(jnp.concatenate([*outputs, untouched], axis=-1))
        y = self.last_norm(jax.nn.relu(y), mask, train=train)
        gate = self.excite(jax.nn.relu(self.squeeze(mean_over_time(y, mask))))
        return y * jax.nn.sigmoid(gate)[:, None] + x


class DilatedConv(nnx.Module):
    """Convolution of three frames, `dilation` apart, each slice of (batch, frames, slices, part).

    It is one matrix product of the three shifted inputs side by side; on a CPU its gradient takes
    less time than that of a convolution with so few channels.
    """

    def __init__(self, channels: int, dilation: int, rngs: nnx.Rngs):
        self.kernel = parameter(rngs, (TAPS, channels, channels), he_normal(TAPS * channels))
        self.bias = constant((channels,), 0.0)
        self.dilation = dilation

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, slices, channels) to the same shape, with zeros at the ends."""
        frames, channels = x.shape[1], x.shape[-1]
        padded = jnp.pad(x, ((0, 0), (self.dilation, self.dilation), (0, 0), (0, 0)))
        shifted = [
            padded[:, tap * self.dilation : tap * self.dilation + frames] for tap in range(TAPS)
        ]
        kernel = self.kernel[...].reshape(TAPS * channels, channels)
        return jnp.concatenate(shifted, axis=-1) @ kernel + self.bias[...]
