"""Layers of small transformers over frames: self-attention and feed-forward."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.layers.dense import Dense
from spoofjax.models.layers.dropout import Dropout, numbered_key
from spoofjax.models.layers.layer_norm import LayerNorm


class SelfAttention(nnx.Module):
    """Multi-head self-attention (Vaswani et al., 2017)."""

    def __init__(self, width: int, heads: int, rngs: nnx.Rngs, dtype: str = "float32"):
        """Raises ConfigError unless the width divides over the heads."""
        if width % heads:
            raise ConfigError(f"A width of {width} does not divide over {heads} attention heads.")
        self.inputs = Dense(width, 3 * width, rngs, dtype=dtype)
        self.outputs = Dense(width, width, rngs, dtype=dtype)
        self.heads = heads

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, causal: bool = False) -> jax.Array:
        """Map (batch, frames, width) to the same shape.

        `mask` is bool (batch, frames): no frame attends to a frame where it is false. With
        `causal`, no frame attends to later ones.
        """
        batch, frames, width = x.shape
        parts = self.inputs(x).reshape(batch, frames, 3, self.heads, width // self.heads)
        query, key, value = (parts[:, :, n] for n in range(3))
        logits = jnp.einsum("bqhd,bkhd->bhqk", query, key).astype(jnp.float32)
        logits = logits / np.sqrt(width // self.heads)
        least = jnp.finfo(jnp.float32).min
        if mask is not None:
            logits = jnp.where(mask[:, None, None], logits, least)
        if causal:
            logits = jnp.where(jnp.tri(frames, dtype=bool), logits, least)
        weights = jax.nn.softmax(logits, axis=-1).astype(value.dtype)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", weights, value)
        return self.outputs(mixed.reshape(batch, frames, width))


class FeedForward(nnx.Module):
    """Dense, SiLU, dense; `inner` is the width between them."""

    def __init__(self, width: int, inner: int, rngs: nnx.Rngs, dtype: str = "float32"):
        self.inputs = Dense(width, inner, rngs, dtype=dtype)
        self.outputs = Dense(inner, width, rngs, dtype=dtype)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (..., width) to the same shape."""
        return self.outputs(jax.nn.silu(self.inputs(x)))


class TransformerLayer(nnx.Module):
    """Self-attention and a feed-forward layer, each behind a layer norm and beside a residual."""

    def __init__(self, width: int, heads: int, rngs: nnx.Rngs, *, dropout: float = 0.0, dtype: str):
        self.attention_norm = LayerNorm(width)
        self.attention = SelfAttention(width, heads, rngs, dtype)
        self.forward_norm = LayerNorm(width)
        self.forward = FeedForward(width, 4 * width, rngs, dtype)
        self.dropout = Dropout(dropout)

    def __call__(
        self,
        x: jax.Array,
        mask: jax.Array | None,
        *,
        causal: bool = False,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> jax.Array:
        """Map (batch, frames, width) to the same shape; see `SelfAttention` for the masks."""
        attended = self.attention(self.attention_norm(x), mask, causal=causal)
        x = x + self.dropout(attended, train=train, key=numbered_key(key, 0))
        changed = self.forward(self.forward_norm(x))
        return x + self.dropout(changed, train=train, key=numbered_key(key, 1))


def positions(frames: int, width: int) -> np.ndarray:
    """Return float32 (frames, width): sines, then cosines, of positions (Vaswani et al., 2017).

    `width` must be even.
    """
    rates = 10_000 ** (-np.arange(width // 2) * 2 / width)
    angles = np.arange(frames)[:, None] * rates
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)
