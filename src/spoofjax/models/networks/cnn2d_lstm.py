"""The network of models.cnn2d_lstm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import Dense, Dropout, RecurrentSummary, Standardize
from spoofjax.models.networks.cnn2d import Trunk2D
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.cnn2d_lstm import CNN2DLSTM


class CNN2DLSTMNetwork(nnx.Module):
    """See models.cnn2d_lstm.CNN2DLSTM."""

    def __init__(self, config: CNN2DLSTM, coefficients: int, rngs: nnx.Rngs):
        self.standardize = Standardize(coefficients)
        self.trunk = Trunk2D(config, coefficients, rngs)
        self.recurrent = RecurrentSummary(
            self.trunk.width,
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
        x, lengths = self.trunk(self.standardize(x), lengths, train=train)
        embedding = self.recurrent(x, lengths)
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding)
