"""Dropout that depends only on the run's seed, the step and the slot in the batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.errors import TrainingError
from spoofjax.models.layers.threefry import fold_in, uniform


class Dropout(nnx.Module):
    """Zero each element with probability `rate` in training (Srivastava et al., 2014).

    It keeps no random state: the caller passes a key, and slot i of the batch draws from
    fold_in(key, i), so the masks do not depend on the number of devices. A caller that has only
    part of a batch passes the keys of its slots instead, see `slot_keys`.
    """

    def __init__(self, rate: float):
        self.rate = rate

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None) -> jax.Array:
        """Return `x` (batch, ...), with elements dropped and the others scaled up in training.

        `key` is one jax random key for the batch, or (batch,) of them, one for each utterance.
        Raises TrainingError where training needs a key and none was given.
        """
        if not train or self.rate == 0:
            return x
        if key is None:
            raise TrainingError("Dropout in training needs a random key: model(..., key=key).")
        keys = key if key.ndim else slot_keys(key, jnp.arange(x.shape[0]))
        keep = uniform(keys, x.shape[1:]) < 1 - self.rate
        return jnp.where(keep, x / (1 - self.rate), 0).astype(x.dtype)


def slot_keys(key: jax.Array, slots: jax.Array) -> jax.Array:
    """Return random keys (batch,) for these slots, int (batch,), of the global batch."""
    return jax.vmap(jax.random.fold_in, (None, 0))(key, slots)


def numbered_key(key: jax.Array | None, number: int) -> jax.Array | None:
    """Return another key for each `number`, for a model with several dropouts; None stays None.

    `key` is one jax random key, or (batch,) of them, as `Dropout` takes it.
    """
    if key is None:
        return None
    if not key.ndim:
        return jax.random.fold_in(key, number)
    return fold_in(key, number)
