"""Batch normalisation whose statistics count valid frames only."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from spoofjax.models.layers.initial import constant
from spoofjax.models.layers.masking import along
from spoofjax.models.layers.standardize import Constant

EPSILON = 1e-5


class BatchNorm(nnx.Module):
    """Normalise each channel by the statistics of the batch, or in evaluation by running ones.

    Follows Ioffe and Szegedy (2015). The statistics are float32 sums over the global batch, so jit
    synchronises them when the batch is sharded. Under jax.pmap, name the axis:
    `module.set_attributes(axis_name="batch")` sets it in every layer of a model.
    """

    def __init__(self, channels: int, *, affine: bool = True, momentum: float = 0.9):
        self.scale = constant((channels,), 1.0) if affine else None
        self.bias = constant((channels,), 0.0) if affine else None
        self.mean = Constant(jax.device_put(np.zeros(channels, np.float32)))
        self.variance = Constant(jax.device_put(np.ones(channels, np.float32)))
        self.momentum = momentum
        self.axis_name: str | None = None
        self.keeps_statistics = False
        """Whether training uses the running statistics too, as in a part that is frozen."""

    def __call__(self, x: jax.Array, mask: jax.Array | None, *, train: bool) -> jax.Array:
        """Normalise (batch, frames, ..., channels); the values of padded frames are arbitrary.

        `mask` is bool (batch, frames) or None. With `train` the running statistics are updated.
        """
        factor, shift = self.affine(x, mask, train=train)
        return scaled(x, factor, shift)

    def affine(
        self, x: jax.Array, mask: jax.Array | None, *, train: bool
    ) -> tuple[jax.Array, jax.Array]:
        """Return float32 (factor, shift), each (channels,): x * factor + shift is normalised."""
        if train and not self.keeps_statistics:
            mean, variance = self._moments(x, mask)
            for running, current in ((self.mean, mean), (self.variance, variance)):
                updated = self.momentum * running[...] + (1 - self.momentum) * current
                running[...] = lax.stop_gradient(updated)
        else:
            mean, variance = self.mean[...], self.variance[...]
        factor = lax.rsqrt(variance + EPSILON)
        if self.scale is not None:
            factor = factor * self.scale[...]
        shift = -mean * factor
        if self.bias is not None:
            shift = shift + self.bias[...]
        return factor, shift

    def _moments(self, x: jax.Array, mask: jax.Array | None) -> tuple[jax.Array, jax.Array]:
        sums = _without_copies(_sums, x)(x, mask)
        if self.axis_name is not None:
            sums = lax.psum(sums, self.axis_name)
        total, squares, count = sums
        count = jnp.maximum(count, 1)
        mean = total / count
        return mean, jnp.maximum(squares / count - jnp.square(mean), 0)


def scaled(x: jax.Array, factor: jax.Array, shift: jax.Array) -> jax.Array:
    """Return x * factor + shift, computed in float32, in the type of `x`."""

    def scale(x: jax.Array, factor: jax.Array, shift: jax.Array) -> jax.Array:
        return (x * factor + shift).astype(x.dtype)

    return _without_copies(scale, x)(x, factor, shift)


def _sums(x: jax.Array, mask: jax.Array | None) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return float32 sum and sum of squares of each channel, and the number of values."""
    x = x.astype(jnp.float32)
    axes = tuple(range(x.ndim - 1))
    elements = x.size // x.shape[-1]
    if mask is None:
        count = jnp.float32(elements)
        kept = x
    else:
        count = mask.sum(dtype=jnp.float32) * (elements // mask.size)
        kept = jnp.where(along(mask, x), x, 0)
    return kept.sum(axes), jnp.square(kept).sum(axes), count


def _without_copies(function: Callable, x: jax.Array) -> Callable:
    """Return a function whose derivative keeps `x` itself, not copies of it in float32.

    Such copies of bfloat16 activations would take more memory than the activations in float32.
    """
    if x.dtype == jnp.float32:
        return function
    return jax.checkpoint(function, prevent_cse=False)
