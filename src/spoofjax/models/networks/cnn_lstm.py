"""The network of models.cnn_lstm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import (
    ConvBlock,
    Dense,
    Dropout,
    RecurrentSummary,
    Standardize,
    require_frames,
)
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.cnn_lstm import CNNLSTM


class CNNLSTMNetwork(nnx.Module):
    """See models.cnn_lstm.CNNLSTM."""

    def __init__(self, config: CNNLSTM, coefficients: int, rngs: nnx.Rngs):
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
        self.recurrent = RecurrentSummary(
            widths[-1],
            config.units,
            rngs,
            bidirectional=config.bidirectional,
            pooling=config.pooling,
            dtype=config.dtype,
        )
        self.dropout = Dropout(config.dropout)
        self.head = Dense(self.recurrent.width, 1, rngs)

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
        x = self.standardize(x)
        for block in self.blocks:
            x, lengths = block(x, lengths, train=train)
        embedding = self.recurrent(x, lengths)
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding)
