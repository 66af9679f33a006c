"""The network of `CachedEncoder`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.network import Network
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.cached_encoder import CachedEncoder


class CachedEncoderNetwork(Network):
    """See `spoofjax.models.CachedEncoder`."""

    def __init__(self, config: CachedEncoder, coefficients: int, rngs: nnx.Rngs):
        self.standardize = None
        self.layers, self.width = config.layers, coefficients // config.layers
        self.holds_all = config.holds == "encoder"
        self.scores_bonafide = config.score == "bonafide"
        depth = config.layers - 2 if self.holds_all else config.layers
        self.head: Any = config.head.build(depth, self.width, rngs)
        self._refuse_random_state()

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Score (batch, frames, layers x width)."""
        stack = jnp.moveaxis(x.reshape(*x.shape[:2], self.layers, self.width), 2, 0)
        layers = stack[1:-1] if self.holds_all else stack
        encoded = Encoded(stack[0], layers, stack[-1], lengths)
        logits, embedding = self.head(encoded, train=train, key=key)
        logits = logits.astype(jnp.float32)
        score = logits[:, 1] if self.scores_bonafide else logits[:, 1] - logits[:, 0]
        return Output(score, embedding.astype(jnp.float32), logits=logits)
