"""The network of `Conformer`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.models.layers import (
    BatchNorm,
    Dense,
    Dropout,
    FeedForward,
    LayerNorm,
    SelfAttention,
    numbered_key,
    positions,
    require_frames,
    stacked,
    valid,
    zero_padding,
)
from spoofjax.models.layers.initial import glorot_uniform, parameter
from spoofjax.models.network import Network
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.conformer import Conformer

EXPANSION = 2
"""Channels of the convolution module for each of its inputs."""


class HeadTokenAttention(nnx.Module):
    """Self-attention in which each head has a token of its own (Truong et al., 2024).

    The tokens are made of the means over time of the head's share of the channels, appended, and
    afterwards averaged into the class token, together with the mean of all frames.
    """

    def __init__(self, width: int, heads: int, rngs: nnx.Rngs, dtype: str):
        self.attention = SelfAttention(width, heads, rngs, dtype)
        self.projection = Dense(width // heads, width, rngs, dtype=dtype)
        self.norm = LayerNorm(width // heads)
        self.positions = parameter(rngs, (heads, width), _small_normal)
        self.heads = heads

    def __call__(self, x: jax.Array, mask: jax.Array) -> jax.Array:
        """Map (batch, 1 + frames, width), the class token first, to the same shape.

        `mask` is bool (batch, 1 + frames).
        """
        tokens = self._head_tokens(x, mask)
        extended = jnp.concatenate([x, tokens], axis=1)
        is_token = jnp.ones(tokens.shape[:2], bool)
        y = self.attention(extended, jnp.concatenate([mask, is_token], axis=1))
        y, tokens = y[:, : x.shape[1]], y[:, x.shape[1] :]
        of_frames = masked_mean(y[:, 1:], mask[:, 1:])
        first = y[:, 0] + tokens.mean(1) + of_frames
        return jnp.concatenate([first[:, None], y[:, 1:]], axis=1)

    def _head_tokens(self, x: jax.Array, mask: jax.Array) -> jax.Array:
        batch, _, width = x.shape
        means = masked_mean(x, mask).reshape(batch, self.heads, -1)
        parts = self.projection(means).reshape(batch, self.heads, self.heads, -1)
        tokens = jax.nn.gelu(self.norm(parts)).reshape(batch, self.heads, width)
        return (tokens + self.positions[...]).astype(x.dtype)


class ConvolutionModule(nnx.Module):
    """Layer norm, gated 1 x 1 convolution, one for each channel, batch norm, SiLU, 1 x 1."""

    def __init__(self, width: int, kernel: int, rngs: nnx.Rngs, dtype: str):
        inner = EXPANSION * width
        self.norm = LayerNorm(width)
        self.inputs = Dense(width, 2 * inner, rngs, dtype=dtype)
        self.kernel = parameter(rngs, (kernel, inner), glorot_uniform(kernel, kernel))
        self.batch_norm = BatchNorm(inner)
        self.outputs = Dense(inner, width, rngs, dtype=dtype)

    def __call__(self, x: jax.Array, mask: jax.Array, *, train: bool) -> jax.Array:
        """Map (batch, frames, width) to the same shape."""
        x, gate = jnp.split(self.inputs(self.norm(x)), 2, axis=-1)
        x = zero_padding(x * jax.nn.sigmoid(gate), mask)
        x = channelwise(x, self.kernel[...].astype(x.dtype))
        return self.outputs(jax.nn.silu(self.batch_norm(x, mask, train=train)))


class ConformerBlock(nnx.Module):
    """Half a feed-forward step, attention, convolution, half a step, layer norm."""

    def __init__(self, config: Conformer, rngs: nnx.Rngs):
        width, dtype = config.width, config.dtype
        self.norms = nnx.List(LayerNorm(width) for _ in range(4))
        self.before = FeedForward(width, 4 * width, rngs, dtype)
        self.attention = HeadTokenAttention(width, config.heads, rngs, dtype)
        self.convolution = ConvolutionModule(width, config.kernel, rngs, dtype)
        self.after = FeedForward(width, 4 * width, rngs, dtype)
        self.dropout = Dropout(config.dropout)

    def __call__(
        self, x: jax.Array, mask: jax.Array, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map (batch, 1 + frames, width) to the same shape."""

        def dropped(x: jax.Array, place: int) -> jax.Array:
            return self.dropout(x, train=train, key=numbered_key(key, place))

        x = x + 0.5 * dropped(self.before(self.norms[0](x)), 0)
        x = x + dropped(self.attention(self.norms[1](x), mask), 1)
        x = x + dropped(self.convolution(x, mask, train=train), 2)
        x = x + 0.5 * dropped(self.after(self.norms[2](x)), 3)
        return self.norms[3](x)


class ConformerNetwork(Network):
    """See `spoofjax.models.Conformer`."""

    def add_layers(self, config: Conformer, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the projection of frames, the class token and the blocks."""
        self.stack = config.stack
        self.dtype = config.dtype
        self.projection = Dense(config.stack * coefficients, config.width, rngs, dtype=config.dtype)
        self.projection_norm = BatchNorm(1)
        self.class_token = parameter(rngs, (config.width,), _small_normal)
        self.blocks = nnx.List(ConformerBlock(config, rngs) for _ in range(config.blocks))
        self.step_frames, self.step_width = config.stack, config.width
        return config.width

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to (batch, stacks, width) and the class token."""
        require_frames(x.shape[1], self.stack)
        x, lengths = stacked(x, lengths, self.stack)
        x = self.projection(x)
        # One mean and one deviation for all channels, as published.
        x = self.projection_norm(x[..., None], valid(lengths, x.shape[1]), train=train)[..., 0]
        x = jax.nn.selu(x) + positions(*x.shape[1:]).astype(x.dtype)
        batch, frames, width = x.shape
        token = jnp.broadcast_to(self.class_token[...].astype(x.dtype), (batch, 1, width))
        x = jnp.concatenate([token, x], axis=1)
        mask = jnp.ones((batch, 1 + frames), bool)
        if lengths is not None:
            mask = jnp.arange(1 + frames) < 1 + lengths[:, None]
        for number, block in enumerate(self.blocks):
            x = block(x, mask, train=train, key=numbered_key(key, number))
        return Steps(x[:, 0], x[:, 1:], lengths)


def masked_mean(x: jax.Array, mask: jax.Array) -> jax.Array:
    """Return (batch, width): the mean of (batch, frames, width) where the mask is true."""
    count = jnp.maximum(mask.sum(1, keepdims=True, dtype=jnp.float32), 1)
    total = zero_padding(x, mask).astype(jnp.float32).sum(1)
    return (total / count).astype(x.dtype)


def channelwise(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve each channel of (batch, frames, channels) with its own (size, channels) kernel.

    The size is odd, and the result has as many frames as `x`. A sum of shifted copies is one loop
    for XLA, whose convolution with a group for each channel is slow on CPUs.
    """
    size, frames = len(kernel), x.shape[1]
    padded = jnp.pad(x, ((0, 0), (size // 2, size // 2), (0, 0)))
    shifted = (padded[:, n : n + frames] * kernel[n] for n in range(size))
    return sum(shifted, jnp.zeros_like(x))


def _small_normal(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    return generator.normal(0, 0.02, shape)
