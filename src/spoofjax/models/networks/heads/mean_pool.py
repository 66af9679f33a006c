"""The layers of `MeanPool`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import Dense, LayerNorm, mean_over_time, valid

if TYPE_CHECKING:
    from spoofjax.models.heads.mean_pool import MeanPool


class MeanPoolNetwork(nnx.Module):
    """See `spoofjax.models.heads.MeanPool`."""

    def __init__(self, config: MeanPool, width: int, rngs: nnx.Rngs):
        size = config.projection
        self.projection = None if size is None else Dense(width, size, rngs)
        self.norm = None if size is None else LayerNorm(size)
        self.output = Dense(size or width, 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return logits (batch, 2) and the mean over the valid frames (batch, size)."""
        x = encoded.last
        if self.projection is not None and self.norm is not None:
            x = jax.nn.relu(self.norm(self.projection(x)))
        embedding = mean_over_time(x, valid(encoded.lengths, x.shape[1]))
        return self.output(embedding), embedding
