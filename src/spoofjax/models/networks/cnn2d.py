"""The network of `CNN2D`, and the convolutional blocks of both 2-D models."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.channels import Channels, channels_of_blocks
from spoofjax.models.layers import (
    STATISTICS_OF_ZEROS,
    ConvBlock,
    require_frames,
    statistics_over_time,
    valid,
)
from spoofjax.models.network import Network
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.cnn2d import CNN2D, Blocks2D


class Trunk2D(nnx.Module):
    """Blocks over time and frequency, whose bins and channels are flattened at each step."""

    def __init__(self, config: Blocks2D, coefficients: int, rngs: nnx.Rngs):
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


class CNN2DNetwork(Network):
    """See `spoofjax.models.CNN2D`."""

    def add_layers(self, config: CNN2D, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the trunk."""
        self.trunk = Trunk2D(config, coefficients, rngs)
        self.step_frames, self.step_width = self.trunk.pooled, self.trunk.width
        return 2 * self.trunk.width

    def removable_channels(self) -> list[Channels]:
        """Return those of the trunk."""
        readers = (*self.embedding_readers(STATISTICS_OF_ZEROS), *self.step_readers())
        return channels_of_blocks("trunk/blocks", self.trunk.blocks, readers)

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the trunk's steps, and their mean and deviation."""
        x, lengths = self.trunk(x, lengths, train=train)
        return Steps(statistics_over_time(x, valid(lengths, x.shape[1])), x, lengths)
