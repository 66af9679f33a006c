"""The network of models.cnn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.layers import (
    ConvBlock,
    Dense,
    Dropout,
    Standardize,
    mean_over_time,
    require_frames,
    statistics_over_time,
    valid,
    zero_padding,
)
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.cnn import CNN


class CNNNetwork(nnx.Module):
    """See models.cnn.CNN."""

    def __init__(self, config: CNN, coefficients: int, rngs: nnx.Rngs):
        self.standardize = Standardize(coefficients)
        widths = (coefficients, *config.channels)
        self.blocks = nnx.List(
            ConvBlock(
                inputs,
                outputs,
                (config.kernel,),
                (config.pool,),
                rngs,
                batch_norm=config.batch_norm,
                dtype=config.dtype,
            )
            for inputs, outputs in zip(widths, config.channels, strict=False)
        )
        self.pooled = config.pool ** len(config.channels)
        self.pooling = config.pooling
        self.frames = config.frames
        copies = {"mean": 1, "statistics": 2, "flatten": (config.frames or 0) // self.pooled}
        self.hidden = Dense(
            copies[config.pooling] * widths[-1], config.hidden, rngs, dtype=config.dtype
        )
        self.dropout = Dropout(config.dropout)
        self.head = Dense(config.hidden, 1, rngs)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Judge (batch, frames, coefficients); raises ConfigError for too few frames."""
        require_frames(x.shape[1], self.pooled)
        if self.frames not in (None, x.shape[1]):
            raise ConfigError(
                f"This model was made for {self.frames} frames, but its input has {x.shape[1]}; "
                'set model.frames, or use model.pooling "statistics", which takes any length.'
            )
        x = self.standardize(x)
        for block in self.blocks:
            x, lengths = block(x, lengths, train=train)
        embedding = jax.nn.relu(self.hidden(self._over_time(x, lengths)))
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding.astype(jnp.float32))

    def _over_time(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        mask = valid(lengths, x.shape[1])
        if self.pooling == "flatten":
            return zero_padding(x, mask).reshape(x.shape[0], -1)
        return (mean_over_time if self.pooling == "mean" else statistics_over_time)(x, mask)
