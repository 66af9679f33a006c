"""Draws of jax.random for one key per utterance, in a form that XLA compiles fast on a CPU.

The values are those of jax.random, bit for bit. Its own form has loops, and each draw of another
shape takes XLA's CPU compiler more than a second; this one takes a tenth of that. Source of the
function: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), with 20 rounds.
"""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from jax import lax

ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
"""Bits by which the rounds rotate, in two groups that take turns."""
PARITY = 0x1BD11BDA
"""Joined with both halves of the key to make its third part."""
MANTISSA = 23
"""Bits of the fraction of a float32."""


def fold_in(keys: jax.Array, number: int) -> jax.Array:
    """Return `jax.random.fold_in(key, number)` of each of the keys (batch,)."""
    if not _is_threefry(keys):
        return jax.vmap(jax.random.fold_in, (0, None))(keys, number)
    low, high = _halves(keys)
    # Hidden from XLA, so that equal programs with other numbers are compiled once.
    second = lax.optimization_barrier(jnp.uint32(number))
    folded = jnp.stack(_threefry(low, high, jnp.zeros_like(low), second), axis=-1)
    return jax.random.wrap_key_data(lax.optimization_barrier(folded), impl=IMPLEMENTATION)


def uniform(keys: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    """Return float32 (batch, *shape): `jax.random.uniform(key, shape)` of each of the keys.

    The numbers are in [0, 1).
    """
    size = math.prod(shape)
    is_partitionable = getattr(jax.config, "jax_threefry_partitionable", True)
    if not (_is_threefry(keys) and is_partitionable and 0 < size < 2**32):
        return jax.vmap(lambda key: jax.random.uniform(key, shape))(keys)
    low, high = (half[:, None] for half in _halves(keys))
    places = lax.iota(jnp.uint32, size)[None]
    first, second = _threefry(low, high, jnp.zeros_like(places), places)
    # The highest bits as the fraction of a number from 1 to 2.
    fraction = lax.shift_right_logical(first ^ second, jnp.uint32(32 - MANTISSA))
    one = lax.bitcast_convert_type(jnp.float32(1), jnp.uint32)
    numbers = lax.bitcast_convert_type(fraction | one, jnp.float32) - 1
    return numbers.reshape(-1, *shape)


IMPLEMENTATION = "threefry2x32"


def _is_threefry(keys: jax.Array) -> bool:
    """Whether to compute draws here: other devices compile jax's own form fast."""
    is_own = str(jax.random.key_impl(keys)) == IMPLEMENTATION
    return is_own and jax.default_backend() == "cpu"


def _halves(keys: jax.Array) -> tuple[jax.Array, jax.Array]:
    data = jax.random.key_data(keys)
    return data[..., 0], data[..., 1]


def _threefry(
    key0: jax.Array, key1: jax.Array, x0: jax.Array, x1: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return both halves of the hash of (x0, x1) under a key; all are uint32."""
    parts = (key0, key1, key0 ^ key1 ^ jnp.uint32(PARITY))
    x0, x1 = x0 + parts[0], x1 + parts[1]
    for group in range(5):
        for rotation in ROTATIONS[group % 2]:
            x0 = x0 + x1
            x1 = (x1 << rotation) | lax.shift_right_logical(x1, jnp.uint32(32 - rotation))
            x1 = x0 ^ x1
        x0 = x0 + parts[(group + 1) % 3]
        x1 = x1 + parts[(group + 2) % 3] + jnp.uint32(group + 1)
    return x0, x1
