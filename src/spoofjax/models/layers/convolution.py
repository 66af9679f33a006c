"""Convolutions over time, and over time and frequency; channels last."""

from __future__ import annotations

import functools
import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from spoofjax.models.layers import native, native_map
from spoofjax.models.layers.initial import constant, he_normal, parameter
from spoofjax.models.layers.masking import valid, zero_padding
from spoofjax.models.layers.pooling import max_pool

CACHE = 2**21
"""Approximate size in bytes of the cache of each core."""
MOST_TAPS = 9
"""Taps up to which a map of one channel is convolved as a sum over them; 25 take longer."""


class Conv(nnx.Module):
    """Convolution with zero padding to the same size, stride one; arithmetic in `dtype`.

    On one CPU device it runs in C, over time and frequency if the kernel spans three bins;
    `module.set_attributes(native=False)` keeps a whole model to XLA.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: tuple[int, ...],
        rngs: nnx.Rngs,
        *,
        bias: bool = True,
        dtype: str = "float32",
    ):
        """`size` is (frames,) for 1-D and (frames, bins) for 2-D; the kernel is HWIO."""
        self.kernel = parameter(rngs, (*size, inputs, outputs), he_normal(math.prod(size) * inputs))
        self.bias = constant((outputs,), 0.0) if bias else None
        self.dtype = dtype
        if len(size) == 2:
            self.native = native_map.available(inputs, (size[0], size[1]), dtype)
        else:
            self.native = native.available(dtype)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, [bins,] inputs) to (batch, frames, [bins,] outputs)."""
        dtype = jnp.dtype(self.dtype)
        x, kernel = x.astype(dtype), self.kernel[...].astype(dtype)
        y: Any
        if not self.native:
            y = convolve(x, kernel)
        elif x.ndim == 3:
            y = convolve_in_c(x, kernel)
        else:
            y = native_map.convolve_map_in_c(x, kernel, tuple(_sides(kernel.shape[:2])))
        return y if self.bias is None else y + self.bias[...].astype(dtype)


def convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve (batch, *space, inputs) with (*size, inputs, outputs), padded to the same size.

    The kernel is not flipped, as in torch and Keras.
    """
    if all(n == 1 for n in kernel.shape[:-2]):
        # The weight gradient of a matrix product is a matrix product too, which is several times
        # faster on a CPU than that of a convolution.
        return x @ kernel.reshape(kernel.shape[-2:])
    if jax.default_backend() != "cpu":
        return _same(x, kernel)
    # Only XLA's CPU compiler benefits from the forms below.
    if kernel.ndim == 4 and kernel.shape[2] == 1 and math.prod(kernel.shape[:2]) <= MOST_TAPS:
        return _of_one_channel(x, kernel)
    return _on_cpu(x, kernel)


def _channels_last(x: jax.Array, kernel: jax.Array, sides: list[tuple[int, int]]) -> jax.Array:
    """Convolve with zero padding `sides` on each axis, in the axis order of XLA on a CPU."""
    space = "HW"[: len(sides)]
    numbers = (f"N{space}C", f"{space}IO", f"N{space}C")
    return lax.conv_general_dilated(x, kernel, (1,) * len(sides), sides, dimension_numbers=numbers)


def _sides(size: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the padding before and after each axis that keeps the size."""
    return [((n - 1) // 2, n // 2) for n in size]


def _same(x: jax.Array, kernel: jax.Array) -> jax.Array:
    return _channels_last(x, kernel, _sides(kernel.shape[:-2]))


@jax.custom_vjp
def _on_cpu(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve, with derivatives in the axis order that XLA's fast CPU convolution needs.

    At the top level of a program, the compiler brings jax's own derivatives into this order. Inside
    a lax.scan (gradient accumulation) it does not, and they take about thirty times as long.
    """
    return _same(x, kernel)


def _forward(x: jax.Array, kernel: jax.Array):
    return _same(x, kernel), (x, kernel)


def _backward(residual: tuple[jax.Array, jax.Array], gradient: jax.Array):
    x, kernel = residual
    size = kernel.shape[:-2]
    mirrored = jnp.flip(kernel, range(len(size))).swapaxes(-2, -1)
    by_input = _channels_last(
        gradient, mirrored, [(after, before) for before, after in _sides(size)]
    )
    each = (x.nbytes + gradient.nbytes) // max(x.shape[0], 1)
    by_kernel = kernel_gradient(x, gradient, size, utterances_at_once(x.shape[0], each))
    return by_input, by_kernel.astype(kernel.dtype)


_on_cpu.defvjp(_forward, _backward)


@jax.custom_vjp
def _of_one_channel(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve a map of one channel as a sum over taps, which XLA fuses into one loop.

    Its convolution takes up to eleven times as long, because it has no channels to add up.
    """
    padded = jnp.pad(x, ((0, 0), *_sides(kernel.shape[:2]), (0, 0))).astype(jnp.float32)
    frames, bins = x.shape[1:3]
    products = (
        padded[:, i : i + frames, j : j + bins] * kernel[i, j, 0].astype(jnp.float32)
        for i, j in np.ndindex(*kernel.shape[:2])
    )
    return functools.reduce(jnp.add, products).astype(x.dtype)


_of_one_channel.defvjp(lambda x, kernel: (_of_one_channel(x, kernel), (x, kernel)), _backward)


@jax.custom_vjp
def convolve_in_c(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """`convolve` of float32 (batch, frames, inputs) with (size, inputs, outputs), in C.

    Call it only where native.available returns True.
    """
    return _in_c(x, kernel, (kernel.shape[0] - 1) // 2)


def _in_c(x: jax.Array, kernel: jax.Array, before: int) -> jax.Array:
    y = jax.ShapeDtypeStruct((*x.shape[:2], kernel.shape[-1]), jnp.float32)
    return native.call("conv_forward", y)(x, kernel, before=np.int64(before))


def _forward_in_c(x: jax.Array, kernel: jax.Array):
    return convolve_in_c(x, kernel), (x, kernel)


def _backward_in_c(residual: tuple[jax.Array, jax.Array], gradient: jax.Array):
    x, kernel = residual
    size = kernel.shape[0]
    by_input = _in_c(gradient, jnp.flip(kernel, 0).swapaxes(1, 2), size // 2)
    shape = jax.ShapeDtypeStruct(kernel.shape, jnp.float32)
    by_kernel = native.call("conv_gradient", shape)(x, gradient, before=np.int64((size - 1) // 2))
    return by_input, by_kernel


convolve_in_c.defvjp(_forward_in_c, _backward_in_c)


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def block_in_c(
    x: jax.Array,
    kernel: jax.Array,
    factor: jax.Array,
    shift: jax.Array,
    lengths: jax.Array,
    pool: int,
) -> jax.Array:
    """Run a whole block in one pass: convolution, factor and shift, ReLU, max-pool over time.

    `x` is float32 (batch, frames, inputs), whose frames from `lengths`, int32 (batch,), on count as
    zero; `factor` and `shift` are (outputs,). Returns (batch, frames // pool, outputs). It is meant
    for evaluation: its derivative runs the steps one by one. Call it only where native.available
    returns True.
    """
    frames = x.shape[1] // pool
    y = jax.ShapeDtypeStruct((x.shape[0], frames, kernel.shape[-1]), jnp.float32)
    before = np.int64((kernel.shape[0] - 1) // 2)
    block = native.call("conv_block", y)
    return block(
        x, kernel, factor, shift, lengths, before=before, pool=np.int64(pool), magnitude=False
    )


def _forward_of_block(x, kernel, factor, shift, lengths, pool):
    def by_steps(x, kernel, factor, shift):
        y = convolve_in_c(zero_padding(x, valid(lengths, x.shape[1])), kernel)
        return max_pool(jax.nn.relu(y * factor + shift), 1, pool)

    return jax.vjp(by_steps, x, kernel, factor, shift)


def _backward_of_block(pool, pull, gradient):
    return *pull(gradient), None


block_in_c.defvjp(_forward_of_block, _backward_of_block)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def magnitudes_in_c(x: jax.Array, filters: jax.Array, pool: int) -> jax.Array:
    """Return the maxima of |filtered samples|: (batch, samples // pool, filters), in C.

    `x` is float32 (batch, samples, 1), followed by zeros, and `filters` float32 (filters, taps),
    which are not reversed. An output is the maximum over `pool` neighbouring samples. Call it only
    where native.available returns True.
    """
    count, batch = filters.shape[0], x.shape[0]
    y = jax.ShapeDtypeStruct((batch, x.shape[1] // pool, count), jnp.float32)
    return native.call("conv_block", y)(
        x,
        filters.T[:, None],
        jnp.ones(count),
        jnp.zeros(count),
        jnp.full(batch, x.shape[1], jnp.int32),
        before=np.int64(0),
        pool=np.int64(pool),
        magnitude=True,
    )


def _forward_of_magnitudes(x: jax.Array, filters: jax.Array, pool: int):
    def by_steps(x, filters):
        kernel = filters.T[:, None]
        sides = [(0, kernel.shape[0] - 1)]
        return max_pool(jnp.abs(_channels_last(x, kernel, sides)), 1, pool)

    return jax.vjp(by_steps, x, filters)


def _backward_of_magnitudes(pool, pull, gradient):
    return pull(gradient)


magnitudes_in_c.defvjp(_forward_of_magnitudes, _backward_of_magnitudes)


def kernel_gradient(
    x: jax.Array, gradient: jax.Array, size: tuple[int, ...], part: int
) -> jax.Array:
    """Return float32 (*size, inputs, outputs): the derivative of `convolve` by its kernel.

    This is a convolution of the inputs (batch, *space, inputs) with the gradient of the outputs
    (batch, *space, outputs) over frames and bins, which sums over the batch as if it were the
    channels. It takes `part` utterances at a time, a divisor of the batch.
    """

    def of_part(k: int | jax.Array) -> jax.Array:
        images, filters = (lax.dynamic_slice_in_dim(a, k * part, part) for a in (x, gradient))
        taps = _channels_last(images.swapaxes(0, -1), jnp.moveaxis(filters, 0, -2), _sides(size))
        return jnp.moveaxis(taps.astype(jnp.float32), 0, -2)

    parts = x.shape[0] // part
    if parts <= 1:
        return of_part(0)
    zero = jnp.zeros((*size, x.shape[-1], gradient.shape[-1]), jnp.float32)
    return lax.fori_loop(0, parts, lambda k, total: total + of_part(k), zero)


def utterances_at_once(batch: int, size: int) -> int:
    """Return the `part` of `kernel_gradient`, a divisor of the batch, for `size` bytes each.

    The part is small enough for its transposition to stay in a core's cache, which halves the time
    for 2-D kernels. It also keeps XLA from recomputing the batch norm, max-pool and ReLU before
    the convolution for every transposed element: XLA does not fuse across the boundary of a loop.
    On several devices the part is the whole batch, because the devices would have to add up their
    results after every part.
    """
    if jax.device_count() > 1:
        return batch
    largest = min(batch, max(CACHE // max(size, 1), 2))
    return next((n for n in range(largest, 1, -1) if batch % n == 0), batch)
