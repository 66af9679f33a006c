"""Layer normalisation."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.models.layers.initial import constant

EPSILON = 1e-5


class LayerNorm(nnx.Module):
    """Normalise the last axis to mean 0 and variance 1, then scale and shift it.

    Follows Ba, Kiros and Hinton (2016), with the variance of the population and 1e-5 added to it,
    as in torch.
    """

    def __init__(self, channels: int):
        self.scale = constant((channels,), 1.0)
        self.bias = constant((channels,), 0.0)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (..., channels) to float32 of the same shape."""
        x = x.astype(jnp.float32)
        centred = x - x.mean(-1, keepdims=True)
        variance = jnp.square(centred).mean(-1, keepdims=True)
        return centred * lax.rsqrt(variance + EPSILON) * self.scale[...] + self.bias[...]
