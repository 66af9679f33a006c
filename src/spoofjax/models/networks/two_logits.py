"""The head of published models: a logit for spoof and one for bona fide."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers import Dense
from spoofjax.models.network import Network
from spoofjax.models.output import Output


class TwoLogits(Network):
    """A network whose head has two logits, in the order spoof, bona fide.

    `config.score` says which score follows from them, see models.waveform_checks.Score.
    """

    def __init__(self, config: Any, coefficients: int, rngs: nnx.Rngs):
        super().__init__(config, coefficients, rngs)
        self.score = config.score

    def add_head(self, width: int, rngs: nnx.Rngs) -> None:
        """Create the last dense layer."""
        self.head = Dense(width, 2, rngs)

    def judge(self, embedding: jax.Array, *, train: bool, key: jax.Array | None) -> Output:
        """Map the embedding (batch, width) to the score and both logits."""
        embedding = embedding.astype(jnp.float32)
        logits = self.head(self.dropout(embedding, train=train, key=key))
        if self.score == "difference":
            score = logits[:, 1] - logits[:, 0]
        elif self.score == "log_probability":
            score = jax.nn.log_softmax(logits)[:, 1]
        else:
            score = logits[:, 1]
        return Output(score, embedding, logits=logits)
