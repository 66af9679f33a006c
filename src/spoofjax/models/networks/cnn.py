"""The network of `CNN`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.channels import Along, Channels, channels_of_blocks
from spoofjax.models.layers import (
    STATISTICS_OF_ZEROS,
    ConvBlock,
    Dense,
    mean_over_time,
    require_frames,
    statistics_over_time,
    valid,
    zero_padding,
)
from spoofjax.models.network import Network
from spoofjax.models.output import Steps

if TYPE_CHECKING:
    from spoofjax.models.cnn import CNN
    from spoofjax.models.cnn_lstm import CNNLSTM


def blocks_over_time(config: CNN | CNNLSTM, coefficients: int, rngs: nnx.Rngs) -> nnx.List:
    """Return one convolutional block for each of `config.channels`."""
    widths = (coefficients, *config.channels)
    return nnx.List(
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


class CNNNetwork(Network):
    """See `spoofjax.models.CNN`."""

    def add_layers(self, config: CNN, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the blocks and the hidden layer."""
        self.blocks = blocks_over_time(config, coefficients, rngs)
        self.pooled = config.pool ** len(config.channels)
        self.step_frames, self.step_width = self.pooled, config.channels[-1]
        self.pooling = config.pooling
        self.frames = config.frames
        copies = {"mean": 1, "statistics": 2, "flatten": (config.frames or 0) // self.pooled}
        width = copies[config.pooling] * config.channels[-1]
        self.hidden = Dense(width, config.hidden, rngs, dtype=config.dtype)
        return config.hidden

    def removable_channels(self) -> list[Channels]:
        """Return those of the blocks, and the units of the hidden layer."""
        silence = STATISTICS_OF_ZEROS if self.pooling == "statistics" else ()
        readers = (Along("hidden/kernel", 0, silence, "hidden/bias"), *self.step_readers())
        made = (Along("hidden/kernel", 1), Along("hidden/bias", 0))
        count = self.hidden.bias.shape[0]
        hidden = Channels("hidden", None, count, made, self.embedding_readers())
        return [*channels_of_blocks("blocks", self.blocks, readers), hidden]

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map (batch, frames, coefficients) to the steps of the last block, and (batch, hidden)."""
        require_frames(x.shape[1], self.pooled)
        if self.frames not in (None, x.shape[1]):
            raise ConfigError(
                f"This model was made for {self.frames} frames, but its input has {x.shape[1]}; "
                'set model.frames, or use model.pooling "statistics", which takes any length.'
            )
        for block in self.blocks:
            x, lengths = block(x, lengths, train=train)
        return Steps(jax.nn.relu(self.hidden(self._over_time(x, lengths))), x, lengths)

    def _over_time(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        mask = valid(lengths, x.shape[1])
        if self.pooling == "flatten":
            return zero_padding(x, mask).reshape(x.shape[0], -1)
        return (mean_over_time if self.pooling == "mean" else statistics_over_time)(x, mask)
