"""Masks of random spans in training (SpecAugment; Park et al., 2019, as in wav2vec 2.0)."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp


def span_masks(
    keys: jax.Array, sizes: jax.Array, size: int, share: float, length: int, least: int
) -> jax.Array:
    """Return bool (batch, size): the elements of random spans, `length` elements each.

    Each utterance has share * its size / length spans, rounded down or up at random, but at least
    `least` and no more than fit, at different places in its first `sizes` elements. `sizes` is
    int32 (batch,). Published code rounds by one draw for the batch; here each utterance draws on
    its own, so that masks do not depend on how a batch is divided.
    """
    most = min(max(math.ceil(share * size / length) + 1, least), max(size - length + 1, 1))

    def one(key: jax.Array, own: jax.Array) -> jax.Array:
        rounding, places = jax.random.split(key)
        wanted = jnp.floor(share * own / length + jax.random.uniform(rounding)).astype(jnp.int32)
        count = jnp.minimum(jnp.maximum(wanted, least), own // length)
        draws = jax.random.uniform(places, (size,))
        draws = jnp.where(jnp.arange(size) <= own - length, draws, -1)
        starts = jax.lax.top_k(draws, most)[1]
        is_used = jnp.arange(most) < count
        offsets = jnp.arange(size)[None] - starts[:, None]
        return ((offsets >= 0) & (offsets < length) & is_used[:, None]).any(0)

    return jax.vmap(one)(keys, sizes)
