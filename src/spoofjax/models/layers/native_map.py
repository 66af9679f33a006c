"""Convolutions of maps in C: csrc/layers/map.h."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.models.layers import native
from spoofjax.models.layers.map_convolution import Sides, reversed_kernel
from spoofjax.models.layers.pooling import max_pool

FRAMES = 3
"""Frames of the kernel."""
MOST_BANDS = 8
"""Bands of the kernel at most."""
SEGMENT = 72
"""A multiple of the frames that may be pooled."""


def available(inputs: int, size: tuple[int, int], dtype: str) -> bool:
    """Return whether a convolution with a kernel of (bands, frames) may run in C.

    A map of one channel has too little arithmetic for it.
    """
    bands, frames = size
    return inputs > 1 and frames == FRAMES and bands <= MOST_BANDS and native.available(dtype)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def convolve_map_in_c(x: jax.Array, kernel: jax.Array, sides: Sides) -> jax.Array:
    """`convolve_map` of float32 arrays, in C. The sides are smaller than the kernel.

    Call it only where `available` returns True.
    """
    y = jax.ShapeDtypeStruct(_shape(x, kernel, sides), jnp.float32)
    return native.call("map_forward", y)(x, kernel, **_zeros_before(sides))


def _shape(x: jax.Array, kernel: jax.Array, sides: Sides) -> tuple[int, ...]:
    bands, frames = (
        n + before + after - size + 1
        for n, size, (before, after) in zip(x.shape[1:3], kernel.shape[:2], sides, strict=True)
    )
    return x.shape[0], bands, frames, kernel.shape[3]


def _zeros_before(sides: Sides) -> dict[str, np.int64]:
    return {"top": np.int64(sides[0][0]), "left": np.int64(sides[1][0])}


def _forward(x: jax.Array, kernel: jax.Array, sides: Sides):
    return convolve_map_in_c(x, kernel, sides), (x, kernel)


def _backward(sides: Sides, residual: tuple[jax.Array, jax.Array], gradient: jax.Array):
    x, kernel = residual
    by_input = convolve_map_in_c(gradient, *reversed_kernel(kernel, sides))
    shape = jax.ShapeDtypeStruct(kernel.shape, jnp.float32)
    by_kernel = native.call("map_gradient", shape)(x, gradient, **_zeros_before(sides))
    return by_input, by_kernel


convolve_map_in_c.defvjp(_forward, _backward)


@functools.partial(jax.custom_vjp, nondiff_argnums=(5, 6, 7))
def map_block_in_c(
    x: jax.Array,
    kernel: jax.Array,
    factor: jax.Array,
    shift: jax.Array,
    added: jax.Array | None,
    sides: Sides,
    has_selu: bool,
    pool: int,
) -> jax.Array:
    """Run a convolution and what follows in one pass: factor and shift, SELU, a sum, a max-pool.

    `factor` and `shift` are (outputs,); `added` has the shape of the convolution, or is None. The
    maximum is taken of every `pool` frames, a divisor of 72, without an incomplete rest. All arrays
    are float32. It is meant for evaluation: its derivative runs the steps one by one. Call it only
    where `available` returns True.
    """
    batch, bands, frames, outputs = _shape(x, kernel, sides)
    y = jax.ShapeDtypeStruct((batch, bands, frames // pool, outputs), jnp.float32)
    return native.call("map_block", y)(
        x,
        kernel,
        factor,
        shift,
        jnp.zeros((0, 0, 0, 0), jnp.float32) if added is None else added,
        **_zeros_before(sides),
        frames=np.int64(frames),
        selu=has_selu,
        pool=np.int64(pool),
    )


def _forward_of_block(x, kernel, factor, shift, added, sides, has_selu, pool):
    def by_steps(x, kernel, factor, shift, added):
        y = convolve_map_in_c(x, kernel, sides) * factor + shift
        y = jax.nn.selu(y) if has_selu else y
        y = y if added is None else y + added
        return max_pool(y, 2, pool) if pool > 1 else y

    return jax.vjp(by_steps, x, kernel, factor, shift, added)


def _backward_of_block(sides, has_selu, pool, pull, gradient):
    return pull(gradient)


map_block_in_c.defvjp(_forward_of_block, _backward_of_block)
