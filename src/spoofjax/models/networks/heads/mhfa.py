"""The layers of `MHFA`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.encoders.arithmetic import scale_gradient
from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import Dense, valid
from spoofjax.models.layers.attention_pooling import FactorisedAttention
from spoofjax.models.networks.heads.shifted_statistics import ShiftedStatistics
from spoofjax.models.networks.heads.states import weighted_states

if TYPE_CHECKING:
    from spoofjax.models.heads.mhfa import MHFA


class MHFANetwork(nnx.Module):
    """See `spoofjax.models.heads.MHFA`."""

    def __init__(self, config: MHFA, layers: int, width: int, rngs: nnx.Rngs):
        self.gradient_scale = config.gradient_scale
        self.shift = ShiftedStatistics(config.shifted_statistics)
        self.pooling = FactorisedAttention(
            layers + 1,
            width,
            rngs,
            heads=config.heads,
            compression=config.compression,
            outputs=config.embedding,
        )
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
        mask = valid(encoded.lengths, encoded.last.shape[1])
        scaled: list[Any] = [scale_gradient(x, self.gradient_scale) for x in encoded[:3]]
        states = Encoded(scaled[0], scaled[1], scaled[2], encoded.lengths)
        weights = jnp.stack([self.pooling.key_weights[...], self.pooling.value_weights[...]])
        keys, values = weighted_states(jax.nn.softmax(weights, axis=-1), states)
        values = self.shift(values, mask, train=train, key=key)
        embedding = self.pooling.pooled(keys, values, mask)
        return self.output(embedding), embedding
