"""Standardization of the input by a fixed mean and deviation of each coefficient."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.errors import ConfigError

SMALLEST_DEVIATION = 1e-5


class Constant(nnx.Variable):
    """An array that is part of a model and its checkpoints but has no gradient."""


class Standardize(nnx.Module):
    """(x - mean) / deviation for each coefficient; the identity until `set` is called."""

    def __init__(self, coefficients: int):
        self.mean = Constant(jax.device_put(np.zeros(coefficients, np.float32)))
        self.deviation = Constant(jax.device_put(np.ones(coefficients, np.float32)))

    def set(self, mean: np.ndarray | jax.Array, deviation: np.ndarray | jax.Array) -> None:
        """Set the statistics of the training features, each float32 (coefficients,).

        Deviations below 1e-5, of coefficients that do not vary, are raised to 1e-5. Raises
        ConfigError for other shapes.
        """
        for name, value in (("mean", mean), ("deviation", deviation)):
            if value.shape != self.mean.shape:
                raise ConfigError(
                    f"The {name} of shape {value.shape} does not fit a model of "
                    f"{self.mean.shape[0]} coefficients."
                )
        mean, deviation = np.asarray(mean, np.float32), np.asarray(deviation, np.float32)
        self.mean[...] = jax.device_put(mean)
        self.deviation[...] = jax.device_put(np.maximum(deviation, np.float32(SMALLEST_DEVIATION)))

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, coefficients) to float32 of the same shape.

        Features in bfloat16 are returned as they are: the host has standardized them before it
        rounded them, because rounding first would lose the digits that the mean leaves.
        """
        if x.dtype == jnp.bfloat16:
            return x
        return (x - self.mean[...]) / self.deviation[...]
