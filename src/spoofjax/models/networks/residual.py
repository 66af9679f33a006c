"""The network of `SEResNet` and `SERes2Net`."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import (
    AttentiveStatistics,
    BatchNorm,
    Conv,
    Dense,
    convolved,
    max_pool,
    mean_over_time,
    pooled,
    require_frames,
    statistics_over_time,
    valid,
    zero_padding,
)
from spoofjax.models.network import Network
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.residual import SEResNet


class ConvNorm(nnx.Module):
    """A convolution without bias over the valid frames, and batch norm."""

    def __init__(self, inputs: int, outputs: int, size: int, rngs: nnx.Rngs, dtype: str):
        self.convolution = Conv(inputs, outputs, (size, size), rngs, bias=False, dtype=dtype)
        self.norm = BatchNorm(outputs)

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, bins, inputs) to (batch, frames, bins, outputs)."""
        return self.norm(self.convolution(zero_padding(x, mask)), mask, train=train)


class SqueezeExcitation(nnx.Module):
    """Scale each channel by a gate computed from the means of all channels (Hu et al., 2018)."""

    def __init__(self, channels: int, squeeze: int, rngs: nnx.Rngs):
        narrow = max(channels // squeeze, 1)
        self.inputs = Dense(channels, narrow, rngs)
        self.outputs = Dense(narrow, channels, rngs)

    def __call__(self, x: jax.Array, mask: jax.Array | None) -> jax.Array:
        """Map (batch, frames, bins, channels) to the same shape."""
        means = mean_over_time(x, mask).mean(1)
        gate = jax.nn.sigmoid(self.outputs(jax.nn.relu(self.inputs(means))))
        return x * gate[:, None, None].astype(x.dtype)


class BasicBody(nnx.Module):
    """Two 3 x 3 convolutions."""

    def __init__(self, inputs: int, outputs: int, rngs: nnx.Rngs, dtype: str):
        self.first = ConvNorm(inputs, outputs, 3, rngs, dtype)
        self.second = ConvNorm(outputs, outputs, 3, rngs, dtype)

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, bins, inputs) to (batch, frames, bins, outputs)."""
        x = jax.nn.relu(self.first(x, mask, train=train))
        return self.second(x, mask, train=train)


class Res2NetBody(nnx.Module):
    """1 x 1, then 3 x 3 within and across groups of channels, then 1 x 1.

    The first group passes unchanged; each other one is added to the result before it.
    """

    def __init__(self, inputs: int, outputs: int, groups: int, rngs: nnx.Rngs, dtype: str):
        width = outputs // groups
        self.first = ConvNorm(inputs, outputs, 1, rngs, dtype)
        self.inner = nnx.List(ConvNorm(width, width, 3, rngs, dtype) for _ in range(groups - 1))
        self.last = ConvNorm(outputs, outputs, 1, rngs, dtype)

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, bins, inputs) to (batch, frames, bins, outputs)."""
        x = jax.nn.relu(self.first(x, mask, train=train))
        first, *others = jnp.split(x, len(self.inner) + 1, axis=-1)
        results = [first]
        for number, (part, inner) in enumerate(zip(others, self.inner, strict=True)):
            part = part + results[-1] if number else part
            results.append(jax.nn.relu(inner(part, mask, train=train)))
        return self.last(jnp.concatenate(results, axis=-1), mask, train=train)


class ResidualBlock(nnx.Module):
    """A body and its gates beside a shortcut, then ReLU."""

    def __init__(self, inputs: int, outputs: int, config: SEResNet, rngs: nnx.Rngs):
        if config.groups > 1:
            self.body = Res2NetBody(inputs, outputs, config.groups, rngs, config.dtype)
        else:
            self.body = BasicBody(inputs, outputs, rngs, config.dtype)
        self.gates = SqueezeExcitation(outputs, config.squeeze, rngs)
        has_shortcut = inputs != outputs
        self.shortcut = ConvNorm(inputs, outputs, 1, rngs, config.dtype) if has_shortcut else None

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, bins, inputs) to (batch, frames, bins, outputs)."""
        change = self.gates(self.body(x, mask, train=train), mask)
        if self.shortcut is not None:
            x = self.shortcut(x, mask, train=train)
        return convolved(jax.nn.relu(x + change))


class ResidualNetwork(Network):
    """See `spoofjax.models.SEResNet` and `spoofjax.models.SERes2Net`."""

    def add_layers(self, config: SEResNet, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the stages, the pooling over time and the dense layer of the embedding."""
        self.pooled = config.pooled
        self.stem = ConvNorm(1, config.channels[0], 3, rngs, config.dtype)
        widths = (config.channels[0], *config.channels)
        self.stages = nnx.List()
        for (inputs, outputs), count in zip(itertools.pairwise(widths), config.blocks, strict=True):
            ends = (inputs, *(outputs,) * count)
            blocks = (ResidualBlock(a, b, config, rngs) for a, b in itertools.pairwise(ends))
            self.stages.append(nnx.List(blocks))
        width = config.channels[-1] * (coefficients // config.pooled)
        is_attentive = config.pooling == "attentive"
        self.attention = (
            AttentiveStatistics(width, config.hidden, rngs, config.dtype) if is_attentive else None
        )
        self.hidden = Dense(2 * width, config.hidden, rngs, dtype=config.dtype)
        self.step_frames, self.step_width = config.pooled, width
        return config.hidden

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the steps of the last stage, and (batch, hidden)."""
        require_frames(x.shape[1], self.pooled)
        x = jax.nn.relu(self.stem(x[..., None], valid(lengths, x.shape[1]), train=train))
        for number, stage in enumerate(self.stages):
            if number:
                x, lengths = max_pool(max_pool(x, 2, 2), 1, 2), pooled(lengths, 2)
            mask = valid(lengths, x.shape[1])
            for block in stage:
                x = block(x, mask, train=train)
        x = x.reshape(*x.shape[:2], -1)
        mask = valid(lengths, x.shape[1])
        pool = statistics_over_time if self.attention is None else self.attention
        return Steps(jax.nn.relu(self.hidden(pool(x, mask))), x, lengths)
