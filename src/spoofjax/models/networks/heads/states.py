"""Weighted sums of hidden states over the layers."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from spoofjax.models.encoders.encoded import Encoded


def weighted_states(weights: jax.Array, encoded: Encoded) -> jax.Array:
    """Return float32 (sums, batch, frames, width): weighted sums of the hidden states.

    `weights` is (sums, layers + 1). The states are the input of the first layer, the outputs of
    all layers but the last, and the output of the last one after the final norm, as s3prl and
    version 4 of transformers list them.
    """
    # A weight of 0 for the output of the last layer before the norm spares a copy of the others.
    inner = weights[:, 1:-1]
    inner = jnp.concatenate([inner, jnp.zeros_like(weights[:, :1])], axis=1)
    total = jnp.einsum("sl,lbtd->sbtd", inner, encoded.layers)
    total = total + _each(weights[:, 0]) * encoded.embedding
    return total + _each(weights[:, -1]) * encoded.last


def _each(weights: jax.Array) -> jax.Array:
    return weights[:, None, None, None]
