"""The network of models.lcnn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import (
    BatchNorm,
    Conv,
    Dense,
    Dropout,
    LSTMLayer,
    Standardize,
    max_pool,
    mean_over_time,
    pooled,
    require_frames,
    valid,
    zero_padding,
)
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.lcnn import LCNN

# Of each stage: (kernel size, channels before the maximum, max-pool after?, batch norm after?).
STAGES = (
    (5, 64, True, False),
    (1, 64, False, True),
    (3, 96, True, True),
    (1, 96, False, True),
    (3, 128, True, False),
    (1, 128, False, True),
    (3, 64, False, True),
    (1, 64, False, True),
    (3, 64, True, False),
)
POOLED = 2 ** sum(pools for _, _, pools, _ in STAGES)
"""Frames, and coefficients, that the max-pools make one of."""


class MaxFeatureMap(nnx.Module):
    """Convolution, maximum of both halves of the channels, max-pool by 2, normalisation."""

    def __init__(self, inputs: int, stage: tuple[int, int, bool, bool], rngs: nnx.Rngs, dtype: str):
        size, channels, self.pools, normalizes = stage
        self.convolution = Conv(inputs, channels, (size, size), rngs, dtype=dtype)
        self.norm = BatchNorm(channels // 2, affine=False) if normalizes else None

    def __call__(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, frames, bins, inputs) and lengths to the stage's outputs and lengths."""
        x = self.convolution(zero_padding(x, valid(lengths, x.shape[1])))
        x = jnp.maximum(*jnp.split(x, 2, axis=-1))
        if self.pools:
            x = max_pool(max_pool(x, 2, 2), 1, 2)
            lengths = pooled(lengths, 2)
        if self.norm is not None:
            x = self.norm(x, valid(lengths, x.shape[1]), train=train)
        return x, lengths


class LCNNNetwork(nnx.Module):
    """See models.lcnn.LCNN."""

    def __init__(self, config: LCNN, coefficients: int, rngs: nnx.Rngs):
        self.standardize = Standardize(coefficients)
        inputs = (1, *(channels // 2 for _, channels, _, _ in STAGES))
        self.stages = nnx.List(
            MaxFeatureMap(width, stage, rngs, config.dtype)
            for width, stage in zip(inputs, STAGES, strict=False)
        )
        width = inputs[-1] * (coefficients // POOLED)
        self.recurrent = nnx.List(
            LSTMLayer(width, width // 2, rngs, bidirectional=True, dtype=config.dtype)
            for _ in range(2)
        )
        self.dropout = Dropout(config.dropout)
        self.head = Dense(width, 1, rngs)

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Judge (batch, frames, coefficients); raises ConfigError for too few frames."""
        require_frames(x.shape[1], POOLED)
        x = self.standardize(x)[..., None]
        for stage in self.stages:
            x, lengths = stage(x, lengths, train=train)
        x = self.dropout(x, train=train, key=key)
        # Channel-major, as in the published weights.
        x = jnp.swapaxes(x, 2, 3).reshape(*x.shape[:2], -1)
        y = x
        for layer in self.recurrent:
            y = layer(y, lengths)
        embedding = mean_over_time(x + y, valid(lengths, x.shape[1]))
        return Output(self.head(embedding)[:, 0], embedding)
