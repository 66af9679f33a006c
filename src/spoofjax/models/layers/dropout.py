"""Dropout that depends on the run's seed, the step and the place in the batch, on nothing else."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.errors import TrainingError


class Dropout(nnx.Module):
    """Zero each element with probability `rate` in training (Srivastava et al., 2014).

    It keeps no random state: the key comes with the call, and slot i of the global batch draws
    from fold_in(key, i). So any number of devices gives the same masks; under jax.pmap name its
    axis: `module.set_attributes(axis_name="batch")`.
    """

    def __init__(self, rate: float):
        self.rate = rate
        self.axis_name: str | None = None

    def __call__(self, x: jax.Array, *, train: bool, key: jax.Array | None) -> jax.Array:
        """Return `x` (batch, ...), in training with elements dropped and the others scaled up.

        Raises TrainingError where training needs a key and none was given.
        """
        if not train or self.rate == 0:
            return x
        if key is None:
            raise TrainingError("Dropout in training needs a random key: model(..., key=key).")
        slots = jnp.arange(x.shape[0])
        if self.axis_name is not None:
            slots = slots + lax.axis_index(self.axis_name) * x.shape[0]
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, slots)
        keep = jax.vmap(lambda k: jax.random.bernoulli(k, 1 - self.rate, x.shape[1:]))(keys)
        return jnp.where(keep, x / (1 - self.rate), 0).astype(x.dtype)
