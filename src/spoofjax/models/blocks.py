"""The blocks that architectures share. Time is axis 1, channels are last, padding is masked.

Modules keep no random state: where a call needs randomness it takes a key.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

MOMENTUM = 0.9
EPSILON = 1e-5


class Constant(nnx.Variable):
    """A variable that training does not change: feature statistics, fixed filters."""


def frame_mask(lengths: jax.Array, frames: int) -> jax.Array:
    """Return bool (batch, frames): true for the valid frames of each utterance."""
    return jnp.arange(frames)[None, :] < lengths[:, None]


def masked(x: jax.Array, mask: jax.Array) -> jax.Array:
    """Return x (batch, frames, ...) with zeros in the frames outside mask (batch, frames)."""
    return jnp.where(mask.reshape(mask.shape + (1,) * (x.ndim - 2)), x, 0)


class Standardize(nnx.Module):
    """Subtracts each coefficient's mean and divides by its deviation, over the training set.

    The trainer sets both; until then they are 0 and 1.
    """

    def __init__(self, coefficients: int):
        self.mean = Constant(jnp.zeros(coefficients))
        self.deviation = Constant(jnp.ones(coefficients))

    def set(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Take statistics of shape (coefficients,)."""
        self.mean[...] = jnp.asarray(mean, jnp.float32)
        self.deviation[...] = jnp.asarray(deviation, jnp.float32)

    def __call__(self, x: jax.Array) -> jax.Array:
        return (x - self.mean[...]) / self.deviation[...]


class BatchNorm(nnx.Module):
    """Batch norm over the valid frames of the whole global batch (Ioffe and Szegedy, 2015).

    Under jit with a sharded batch the means below are global, so devices agree. Under pmap
    `axis_name` names the axis to sum over.
    """

    def __init__(self, channels: int):
        self.scale = nnx.Param(jnp.ones(channels))
        self.bias = nnx.Param(jnp.zeros(channels))
        self.mean = nnx.BatchStat(jnp.zeros(channels))
        self.variance = nnx.BatchStat(jnp.ones(channels))
        self.axis_name: str | None = None

    def __call__(self, x: jax.Array, mask: jax.Array, *, train: bool) -> jax.Array:
        """Return x (batch, frames, ..., channels) normalised; mask is bool (batch, frames)."""
        if train:
            mean, variance = self._statistics(x.astype(jnp.float32), mask)
            self.mean[...] = MOMENTUM * self.mean[...] + (1 - MOMENTUM) * mean
            self.variance[...] = MOMENTUM * self.variance[...] + (1 - MOMENTUM) * variance
        else:
            mean, variance = self.mean[...], self.variance[...]
        factor = self.scale[...] * jax.lax.rsqrt(variance + EPSILON)
        shift = self.bias[...] - mean * factor
        return x * factor.astype(x.dtype) + shift.astype(x.dtype)

    def _statistics(self, x: jax.Array, mask: jax.Array) -> tuple[jax.Array, jax.Array]:
        axes = tuple(range(x.ndim - 1))
        inner = math.prod(x.shape[2:-1])
        zeroed = masked(x, mask)
        sums = (mask.sum() * inner, zeroed.sum(axes), jnp.square(zeroed).sum(axes))
        if self.axis_name is not None:
            sums = jax.lax.psum(sums, self.axis_name)
        count, total, squares = sums
        mean = total / jnp.maximum(count, 1)
        return mean, jnp.maximum(squares / jnp.maximum(count, 1) - jnp.square(mean), 0)


def max_pool(x: jax.Array, size: int, axis: int) -> jax.Array:
    """Return the maximum over groups of `size` along an axis; a remainder is dropped.

    A reshape and elementwise maxima: faster on CPUs than a window reduction, forward and back.
    """
    if size == 1:
        return x
    groups = x.shape[axis] // size
    x = jax.lax.slice_in_dim(x, 0, groups * size, axis=axis)
    x = x.reshape(*x.shape[:axis], groups, size, *x.shape[axis + 1 :])
    parts = [jax.lax.index_in_dim(x, i, axis + 1, keepdims=False) for i in range(size)]
    return functools.reduce(jnp.maximum, parts)


def mean_pool(x: jax.Array, mask: jax.Array) -> jax.Array:
    """Return the mean over valid frames: (batch, frames, channels) to (batch, channels)."""
    return masked(x, mask).sum(1) / jnp.maximum(mask.sum(1), 1)[:, None].astype(x.dtype)


def mean_deviation_pool(x: jax.Array, mask: jax.Array) -> jax.Array:
    """Return mean and standard deviation over valid frames, (batch, 2 x channels)."""
    x = x.astype(jnp.float32)
    mean = mean_pool(x, mask)
    variance = mean_pool(jnp.square(x - mean[:, None]), mask)
    return jnp.concatenate([mean, jnp.sqrt(variance + EPSILON)], -1)


def dropout(x: jax.Array, rate: float, key: jax.Array | None) -> jax.Array:
    """Return x with a share `rate` of its values zeroed, the rest scaled up; no key: no change."""
    if key is None or rate == 0:
        return x
    kept = jax.random.bernoulli(key, 1 - rate, x.shape)
    return jnp.where(kept, x / (1 - rate), 0)


def dense(inputs: int, outputs: int, rngs: nnx.Rngs) -> nnx.Linear:
    """Return a linear layer with Glorot-uniform weights."""
    return nnx.Linear(inputs, outputs, kernel_init=_glorot, rngs=rngs)


def conv(inputs: int, outputs: int, kernel: Sequence[int], rngs: nnx.Rngs) -> nnx.Conv:
    """Return a convolution with 'SAME' padding and He-normal weights, for use before a ReLU."""
    return nnx.Conv(inputs, outputs, tuple(kernel), kernel_init=_he, rngs=rngs)


_glorot = nnx.initializers.glorot_uniform()
_he = nnx.initializers.he_normal()
