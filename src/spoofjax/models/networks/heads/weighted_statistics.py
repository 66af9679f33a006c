"""The layers of `WeightedStatistics`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import Dense, valid
from spoofjax.models.layers.attention_pooling import AttentiveStatistics
from spoofjax.models.layers.initial import constant
from spoofjax.models.networks.heads.states import weighted_states

if TYPE_CHECKING:
    from spoofjax.models.heads.weighted_statistics import WeightedStatistics


class WeightedStatisticsNetwork(nnx.Module):
    """See `spoofjax.models.heads.WeightedStatistics`."""

    def __init__(self, config: WeightedStatistics, layers: int, width: int, rngs: nnx.Rngs):
        self.layer_weights = constant((layers + 1,), 0.0)
        self.pooling = AttentiveStatistics(width, config.attention, rngs)
        self.embedding = Dense(2 * width, config.embedding, rngs)
        self.output = Dense(config.embedding, 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return logits (batch, 2) and the embedding (batch, size)."""
        x = weighted_states(jax.nn.softmax(self.layer_weights[...])[None], encoded)[0]
        embedding = self.embedding(self.pooling(x, valid(encoded.lengths, x.shape[1])))
        return self.output(embedding), embedding
