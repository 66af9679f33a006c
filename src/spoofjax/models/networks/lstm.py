"""The network of models.lstm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.layers import (
    Dense,
    Dropout,
    RecurrentSummary,
    Standardize,
    pooled,
    require_frames,
    valid,
    zero_padding,
)
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.lstm import LSTM


class LSTMNetwork(nnx.Module):
    """See models.lstm.LSTM."""

    def __init__(self, config: LSTM, coefficients: int, rngs: nnx.Rngs):
        self.standardize = Standardize(coefficients)
        self.stack = config.stack
        self.recurrent = RecurrentSummary(
            config.stack * coefficients,
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
        require_frames(x.shape[1], self.stack)
        steps = x.shape[1] // self.stack
        # Short utterances keep one stack, so what fills it up must be zeros.
        x = zero_padding(self.standardize(x), valid(lengths, x.shape[1]))
        x = x[:, : steps * self.stack].reshape(x.shape[0], steps, -1)
        embedding = self.recurrent(x, pooled(lengths, self.stack))
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding)
