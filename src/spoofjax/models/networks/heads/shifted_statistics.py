"""Domain shift simulated by uncertain statistics over time."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.errors import TrainingError
from spoofjax.models.layers import mean_over_time, slot_keys

EPSILON = 1e-6


class ShiftedStatistics(nnx.Module):
    """Replace mean and deviation over time by draws around them, in training.

    Follows Li et al., "Uncertainty modeling for out-of-distribution generalization" (ICLR 2022).
    The draws are normal, and their deviation is that of the statistic over the batch. Here each
    utterance decides by itself whether it is changed, so that the result does not depend on the
    number of devices; the published code decides for the whole batch.
    """

    def __init__(self, probability: float):
        self.probability = probability
        self.axis_name: str | None = None

    def __call__(
        self, x: jax.Array, mask: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Return (batch, frames, channels) with other statistics; `key` is that of Dropout."""
        if not train or self.probability == 0:
            return x
        if key is None:
            raise TrainingError("Shifted statistics need a random key: model(..., key=key).")
        mean = mean_over_time(x, mask)
        variance = mean_over_time(jnp.square(x - mean[:, None]), mask)
        deviation = jnp.sqrt(variance + EPSILON)
        keys = key if key.ndim else slot_keys(key, jnp.arange(x.shape[0]))
        draw = jax.vmap(lambda k: jax.random.normal(k, (2, x.shape[-1])))(keys)
        chance = jax.vmap(lambda k: jax.random.uniform(jax.random.fold_in(k, 1)))(keys)
        new_mean = mean + draw[:, 0] * self._spread(mean)
        new_deviation = deviation + draw[:, 1] * self._spread(deviation)
        shifted = (x - mean[:, None]) / deviation[:, None] * new_deviation[:, None]
        shifted = shifted + new_mean[:, None]
        return jnp.where((chance < self.probability)[:, None, None], shifted, x)

    def _spread(self, statistic: jax.Array) -> jax.Array:
        """Return (channels,): the deviation of a statistic (batch, channels) over the batch."""
        sums = statistic.sum(0), jnp.float32(len(statistic))
        if self.axis_name is not None:
            sums = lax.psum(sums, self.axis_name)
        total, count = sums
        squares = jnp.square(statistic - total / count).sum(0)
        if self.axis_name is not None:
            squares = lax.psum(squares, self.axis_name)
        return jnp.sqrt(squares / jnp.maximum(count - 1, 1) + EPSILON)
