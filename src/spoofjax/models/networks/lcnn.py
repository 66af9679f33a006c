"""The network of `LCNN`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import (
    BatchNorm,
    Conv,
    LSTMLayer,
    convolved,
    max_pool,
    mean_over_time,
    pooled,
    require_frames,
    valid,
    zero_padding,
)
from spoofjax.models.network import Network
from spoofjax.models.output import Output, Steps

if TYPE_CHECKING:
    from spoofjax.models.lcnn import LCNN

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
"""Of each stage: kernel size, channels before the maximum, whether a max-pool follows the maximum,
and whether a batch norm follows."""


class MaxFeatureMap(nnx.Module):
    """Convolution, maximum of both halves of the channels, then max-pool and batch norm if any."""

    def __init__(self, inputs: int, stage: tuple[int, int, bool, bool], rngs: nnx.Rngs, dtype: str):
        size, channels, self.has_pool, has_norm = stage
        self.convolution = Conv(inputs, channels, (size, size), rngs, dtype=dtype)
        self.norm = BatchNorm(channels // 2, affine=False) if has_norm else None

    def __call__(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, frames, bins, inputs) and lengths to the stage's outputs and lengths."""
        x = self.convolution(zero_padding(x, valid(lengths, x.shape[1])))
        x = jnp.maximum(*jnp.split(x, 2, axis=-1))
        if self.has_pool:
            x = max_pool(max_pool(x, 2, 2), 1, 2)
            lengths = pooled(lengths, 2)
        if self.norm is not None:
            x = self.norm(x, valid(lengths, x.shape[1]), train=train)
        return convolved(x), lengths


class LCNNNetwork(Network):
    """See `spoofjax.models.LCNN`."""

    def add_layers(self, config: LCNN, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the stages and the recurrent layers."""
        self.pooled = config.pooled
        inputs = (1, *(channels // 2 for _, channels, _, _ in STAGES))
        self.stages = nnx.List(
            MaxFeatureMap(width, stage, rngs, config.dtype)
            for width, stage in zip(inputs, STAGES, strict=False)
        )
        width = inputs[-1] * (coefficients // config.pooled)
        self.recurrent = nnx.List(
            LSTMLayer(width, width // 2, rngs, bidirectional=True, dtype=config.dtype)
            for _ in range(2)
        )
        self.step_frames, self.step_width = config.pooled, width
        return width

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the steps that are averaged, and (batch, width)."""
        require_frames(x.shape[1], self.pooled)
        x = x[..., None]
        for stage in self.stages:
            x, lengths = stage(x, lengths, train=train)
        x = self.dropout(x, train=train, key=key)
        # Channel-major, as in the published weights.
        x = jnp.swapaxes(x, 2, 3).reshape(*x.shape[:2], -1)
        y = x
        for layer in self.recurrent:
            y = layer(y, lengths)
        x = x + y
        return Steps(mean_over_time(x, valid(lengths, x.shape[1])), x, lengths)

    def judge(self, embedding: jax.Array, *, train: bool, key: jax.Array | None) -> Output:
        """Map the embedding to the output; the dropout is in `embed`, as published."""
        return Output(self.head(embedding)[:, 0], embedding)
