"""Pooling by learned attention: frames that matter count more than others."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers.dense import Dense
from spoofjax.models.layers.initial import constant
from spoofjax.models.layers.masking import along
from spoofjax.models.layers.pooling import SMALLEST_VARIANCE


def softmax_over_time(logits: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Return float32 weights (batch, frames, ...) that add up to 1 over the valid frames.

    Padded frames weigh 0. An utterance without any valid frame has weights of 0 alone.
    """
    logits = logits.astype(jnp.float32)
    if mask is None:
        return jax.nn.softmax(logits, axis=1)
    mask = along(mask, logits)
    weights = jax.nn.softmax(jnp.where(mask, logits, jnp.finfo(jnp.float32).min), axis=1)
    return jnp.where(mask, weights, 0)


class AttentiveStatistics(nnx.Module):
    """Weighted mean and deviation over time, with weights of its own for each channel.

    Attentive statistics pooling (Okabe, Koshinaka and Shinoda, 2018) with an attention for each
    channel, as in ECAPA-TDNN (Desplanques, Thienpondt and Demuynck, 2020) without its context:
    the weights are softmax over time of W2 tanh(W1 x + b1) + b2.
    """

    def __init__(self, width: int, hidden: int, rngs: nnx.Rngs, dtype: str = "float32"):
        """`width` is that of a frame, `hidden` that of the layer inside the attention."""
        self.inner = Dense(width, hidden, rngs, dtype=dtype)
        self.outer = Dense(hidden, width, rngs, dtype=dtype)

    def __call__(self, x: jax.Array, mask: jax.Array | None) -> jax.Array:
        """Map (batch, frames, width) to float32 (batch, 2 width): means, then deviations.

        `mask` is bool (batch, frames), or None where all frames are valid. 1e-5 is added to the
        variance, as in `statistics_over_time`.
        """
        weights = softmax_over_time(self.outer(jnp.tanh(self.inner(x))), mask)
        x = x.astype(jnp.float32)
        if mask is not None:
            # A weight of zero would not hide a value that is not finite.
            x = jnp.where(along(mask, x), x, 0)
        mean = (weights * x).sum(1)
        variance = (weights * jnp.square(x - mean[:, None])).sum(1)
        return jnp.concatenate([mean, jnp.sqrt(variance + SMALLEST_VARIANCE)], axis=-1)


class FactorisedAttention(nnx.Module):
    """Multi-head factorised attentive pooling (MHFA; Peng et al., 2023) over layers and time.

    One learned weighting of the layers gives keys and another gives values. Each head weighs the
    frames by the keys; all heads share the compressed values. For 13 layers of width 768, the
    defaults have 1,249,850 parameters.
    """

    def __init__(
        self,
        layers: int,
        width: int,
        rngs: nnx.Rngs,
        *,
        heads: int = 32,
        compression: int = 128,
        outputs: int = 256,
        dtype: str = "float32",
    ):
        """`compression` is the width of keys and values, `outputs` that of the embedding."""
        self.key_weights = constant((layers,), 1.0)
        self.value_weights = constant((layers,), 1.0)
        self.keys = Dense(width, compression, rngs, dtype=dtype)
        self.values = Dense(width, compression, rngs, dtype=dtype)
        self.attention = Dense(compression, heads, rngs, dtype=dtype)
        self.outputs = Dense(heads * compression, outputs, rngs, dtype=dtype)

    def __call__(self, x: jax.Array, mask: jax.Array | None) -> jax.Array:
        """Map (layers, batch, frames, width) to float32 (batch, outputs).

        `mask` is bool (batch, frames), or None where all frames are valid.
        """
        return self.pooled(self.key_of(x), self.value_of(x), mask)

    def key_of(self, x: jax.Array) -> jax.Array:
        """Return the weighted sum of the layers, (batch, frames, width), that gives the keys."""
        return _weighted_sum(self.key_weights[...], x)

    def value_of(self, x: jax.Array) -> jax.Array:
        """Return the weighted sum of the layers, (batch, frames, width), that gives the values."""
        return _weighted_sum(self.value_weights[...], x)

    def pooled(self, key: jax.Array, value: jax.Array, mask: jax.Array | None) -> jax.Array:
        """Map the sums for keys and values, (batch, frames, width), to (batch, outputs)."""
        values = self.values(value).astype(jnp.float32)
        if mask is not None:
            values = jnp.where(along(mask, values), values, 0)
        weights = softmax_over_time(self.attention(self.keys(key)), mask)
        pooled = jnp.einsum("bth,btc->bhc", weights, values)
        return self.outputs(pooled.reshape(pooled.shape[0], -1)).astype(jnp.float32)


def _weighted_sum(weights: jax.Array, x: jax.Array) -> jax.Array:
    """Return the sum of (layers, batch, frames, width), weighted by the softmax of `weights`."""
    return jnp.einsum("l,lbtd->btd", jax.nn.softmax(weights).astype(x.dtype), x)
