"""The layers of `RAT`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import BatchNorm, Dense, LayerNorm, mean_over_time, valid

if TYPE_CHECKING:
    from spoofjax.models.heads.rat import RAT


class RATNetwork(nnx.Module):
    """See `spoofjax.models.heads.RAT`.

    The published evaluation pads without a mask. Here padded frames count neither in the attention
    nor in the mean, so that the score of an utterance does not depend on its batch.
    """

    def __init__(self, config: RAT, width: int, rngs: nnx.Rngs):
        self.attends_to_itself = config.attention == "self"
        self.block = ReferenceBlock(config, width, rngs)
        first, second = config.hidden
        self.dense = nnx.List([Dense(width, first, rngs), Dense(first, second, rngs)])
        self.norms = nnx.List([BatchNorm(first), BatchNorm(second)])
        self.output = Dense(second, 2, rngs)

    def __call__(
        self,
        encoded: Encoded,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: Encoded | None = None,
    ) -> tuple[jax.Array, jax.Array]:
        """Return logits (batch, 2) and the second hidden layer (batch, size)."""
        if self.attends_to_itself:
            reference = encoded
        x = self._summary(encoded, reference)
        for dense, norm in zip(self.dense, self.norms, strict=True):
            x = jax.nn.relu(norm(dense(x), None, train=train))
        return self.output(x), x

    def _summary(self, encoded: Encoded, reference: Encoded | None) -> jax.Array:
        """Return (batch, width): the mean over layers and valid frames of the block's output."""
        mask = valid(encoded.lengths, encoded.layers.shape[2])
        others = None if reference is None else reference.layers
        lengths = None if reference is None else reference.lengths

        # Layer by layer, and computed again in the backward pass: the feed-forward network of all
        # layers at once would need more memory than the encoder.
        @jax.checkpoint
        def of_layer(x: jax.Array, other: jax.Array | None) -> jax.Array:
            return mean_over_time(self.block(x, other, lengths), mask)

        def add(total: jax.Array, layer: tuple) -> tuple[jax.Array, None]:
            return total + of_layer(*layer), None

        zero = jnp.zeros((encoded.layers.shape[1], encoded.layers.shape[3]), jnp.float32)
        total, _ = lax.scan(add, zero, (encoded.layers, others))
        return total / len(encoded.layers)


class ReferenceBlock(nnx.Module):
    """Attention to a reference and a feed-forward network side by side, as in GPT-J."""

    def __init__(self, config: RAT, width: int, rngs: nnx.Rngs):
        self.heads = config.heads
        self.norm = LayerNorm(width)
        self.query = Dense(width, width, rngs, config.dtype)
        self.key = Dense(width, width, rngs, config.dtype)
        self.value = Dense(width, width, rngs, config.dtype)
        self.attended = Dense(width, width, rngs, config.dtype)
        self.expand = Dense(width, config.expansion * width, rngs, config.dtype)
        self.contract = Dense(config.expansion * width, width, rngs, config.dtype)
        self.last_norm = LayerNorm(width)

    def __call__(
        self, x: jax.Array, reference: jax.Array | None, lengths: jax.Array | None
    ) -> jax.Array:
        """Map (batch, frames, width) to the same shape.

        `reference` is (batch, reference frames, width) or None; `lengths` int32 (batch,) are its
        valid frames, 0 where an utterance has no reference.
        """
        own = self.norm(x)
        # The output of the attention for keys and values of zero.
        attended = self.attended(self.value.bias[...])
        if reference is not None:
            compared = self._attend(own, self.norm(reference), lengths)
            if lengths is None:
                attended = compared
            else:
                attended = jnp.where((lengths > 0)[:, None, None], compared, attended)
        forward = self.contract(jax.nn.relu(self.expand(own)))
        return self.last_norm(x + attended + forward)

    def _attend(self, own: jax.Array, other: jax.Array, lengths: jax.Array | None) -> jax.Array:
        def in_heads(y: jax.Array) -> jax.Array:
            return y.reshape(*y.shape[:2], self.heads, -1)

        attended = jax.nn.dot_product_attention(
            in_heads(self.query(own)),
            in_heads(self.key(other)),
            in_heads(self.value(other)),
            key_value_seq_lengths=None if lengths is None else jnp.maximum(lengths, 1),
        )
        return self.attended(attended.reshape(own.shape))
