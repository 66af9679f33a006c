"""Pooling: maxima of neighbouring frames or bins, and statistics over all valid frames."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers.masking import along

SMALLEST_VARIANCE = 1e-5
STATISTICS_OF_ZEROS = (0.0, SMALLEST_VARIANCE**0.5)
"""What `statistics_over_time` gives for a channel that is always zero: mean and deviation."""


@functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def max_pool(x: jax.Array, axis: int, size: int) -> jax.Array:
    """Return the maximum of every `size` neighbours along `axis`; an incomplete window is dropped.

    The gradient goes to the first of equal maxima. On a CPU, maxima of slices are twice as fast as
    XLA's windowed reduction, whose derivative is a scatter.
    """
    return functools.reduce(jnp.maximum, _neighbours(x, axis, size))


def _neighbours(x: jax.Array, axis: int, size: int) -> list[jax.Array]:
    """Return `size` arrays: the first element of every window, the second, and so on."""
    windows = x.shape[axis] // size
    x = jax.lax.slice_in_dim(x, 0, windows * size, axis=axis)
    x = x.reshape(*x.shape[:axis], windows, size, *x.shape[axis + 1 :])
    return [jax.lax.index_in_dim(x, k, axis + 1, keepdims=False) for k in range(size)]


def _max_pool_forward(x: jax.Array, axis: int, size: int):
    best, *others = _neighbours(x, axis, size)
    winner = jnp.zeros(best.shape, jnp.int8 if size < 128 else jnp.int32)
    for k, candidate in enumerate(others, 1):
        winner = jnp.where(candidate > best, winner.dtype.type(k), winner)
        best = jnp.maximum(best, candidate)
    # Only the length of the incomplete window is needed later; an empty array carries it.
    rest = x.shape[axis] - best.shape[axis] * size
    return best, (winner, jnp.zeros((rest, 0), bool))


def _max_pool_backward(axis: int, size: int, residual, gradient: jax.Array):
    winner, rest = residual
    # An elementwise expression, which XLA can fuse into its consumer. With jnp.stack instead, XLA
    # writes the whole gradient twice.
    places = jnp.arange(size, dtype=winner.dtype).reshape(size, *(1,) * (gradient.ndim - axis - 1))
    won = jnp.expand_dims(winner, axis + 1) == places
    spread = jnp.where(won, jnp.expand_dims(gradient, axis + 1), 0)
    spread = spread.reshape(*gradient.shape[:axis], -1, *gradient.shape[axis + 1 :])
    padding = [(0, 0)] * gradient.ndim
    padding[axis] = (0, rest.shape[0])
    return (jnp.pad(spread, padding) if rest.shape[0] else spread,)


max_pool.defvjp(_max_pool_forward, _max_pool_backward)


def mean_over_time(x: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Return float32 (batch, ...): the mean of (batch, frames, ...) over the valid frames.

    An utterance without any valid frame gives zeros.
    """
    x = x.astype(jnp.float32)
    if mask is None:
        return x.mean(1)
    mask = along(mask, x)
    return jnp.where(mask, x, 0).sum(1) / jnp.maximum(mask.sum(1, dtype=jnp.float32), 1)


def statistics_over_time(x: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Return float32 (batch, 2 channels): mean, then deviation, of (batch, frames, channels).

    The variance is that of the population, with 1e-5 added so that constant channels have a
    gradient (statistics pooling, Snyder et al., 2017).
    """
    mean = mean_over_time(x, mask)
    variance = mean_over_time(jnp.square(x.astype(jnp.float32) - mean[:, None]), mask)
    return jnp.concatenate([mean, jnp.sqrt(variance + SMALLEST_VARIANCE)], axis=-1)


def final_states(x: jax.Array, lengths: jax.Array | None, bidirectional: bool) -> jax.Array:
    """Return float32 (batch, units): the final state of each direction of an LSTM.

    `x` is the LSTM's output (batch, frames, units). The forward direction ends at each
    utterance's last valid frame, and the backward half of the units ends at the first frame.
    """
    if lengths is None:
        last = x[:, -1]
    else:
        index = jnp.clip(lengths - 1, 0, x.shape[1] - 1)[:, None, None]
        last = jnp.take_along_axis(x, index, axis=1)[:, 0]
    if bidirectional:
        units = x.shape[-1] // 2
        last = jnp.concatenate([last[:, :units], x[:, 0, units:]], axis=-1)
    return last.astype(jnp.float32)


class MaxPool(nnx.Module):
    """Max-pool of (batch, frames, [bins,] channels) over time and, where given, over bins."""

    def __init__(self, time: int, bins: int = 1):
        self.time = time
        self.bins = bins

    def __call__(self, x: jax.Array) -> jax.Array:
        """Return the maxima of every `time` frames and `bins` bins."""
        if self.bins > 1:
            x = max_pool(x, 2, self.bins)
        return max_pool(x, 1, self.time) if self.time > 1 else x
