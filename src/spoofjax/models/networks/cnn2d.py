"""The network of models.cnn2d, and the convolutional trunk of both 2-D models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import (
    ConvBlock,
    Dense,
    Dropout,
    Standardize,
    require_frames,
    statistics_over_time,
    valid,
)
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.cnn2d import CNN2D
    from spoofjax.models.cnn2d_lstm import CNN2DLSTM


class Trunk2D(nnx.Module):
    """Blocks over time and frequency; bins and channels flattened per step."""

    def __init__(self, config: CNN2D | CNN2DLSTM, coefficients: int, rngs: nnx.Rngs):
        self.blocks = nnx.List()
        inputs, bins = 1, coefficients
        for outputs, convolutions in zip(config.channels, config.convolutions, strict=True):
            block = ConvBlock(
                inputs,
                outputs,
                (config.kernel, config.kernel),
                (config.pool, config.pool),
                rngs,
                convolutions=convolutions,
                dtype=config.dtype,
            )
            self.blocks.append(block)
            inputs, bins = outputs, bins // config.pool
        self.pooled = config.pool ** len(config.channels)
        self.width = bins * inputs

    def __call__(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, frames, coefficients) and lengths to (batch, steps, width) and lengths."""
        require_frames(x.shape[1], self.pooled)
        x = x[..., None]
        for block in self.blocks:
            x, lengths = block(x, lengths, train=train)
        return x.reshape(*x.shape[:2], -1), lengths


class CNN2DNetwork(nnx.Module):
    """See models.cnn2d.CNN2D."""

    def __init__(self, config: CNN2D, coefficients: int, rngs: nnx.Rngs):
        self.standardize = Standardize(coefficients)
        self.trunk = Trunk2D(config, coefficients, rngs)
        self.dropout = Dropout(config.dropout)
        self.head = Dense(2 * self.trunk.width, 1, rngs)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Judge (batch, frames, coefficients); raises ConfigError for too few frames."""
        x, lengths = self.trunk(self.standardize(x), lengths, train=train)
        embedding = statistics_over_time(x, valid(lengths, x.shape[1]))
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding)
