"""Convolutions of wide maps: few bands, thousands of frames, tens of channels; channels last."""

from __future__ import annotations

import functools

import jax
import jax.numpy as jnp
from jax import lax

Sides = tuple[tuple[int, int], ...]

SEGMENT = 64
"""Frames that the derivative by the kernel takes at a time on a CPU."""


def convolve_map(x: jax.Array, kernel: jax.Array, sides: Sides) -> jax.Array:
    """Convolve (batch, bands, frames, inputs) with (bands, frames, inputs, outputs).

    `sides` are the zeros before and after both axes. The kernel is not flipped, as in torch.
    """
    numbers = ("NHWC", "HWIO", "NHWC")
    return lax.conv_general_dilated(x, kernel, (1, 1), sides, dimension_numbers=numbers)


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def convolve_map_on_cpu(x: jax.Array, kernel: jax.Array, sides: Sides) -> jax.Array:
    """`convolve_map` with a derivative by the kernel that suits wide maps.

    XLA's own derivative is a convolution whose kernel is as wide as the map. On a CPU it takes ten
    times as long as the convolution itself, or more.
    """
    return _one_channel(x, kernel, sides) if x.shape[-1] == 1 else convolve_map(x, kernel, sides)


def _one_channel(x: jax.Array, kernel: jax.Array, sides: Sides) -> jax.Array:
    """`convolve_map` of one channel as a sum over the taps, which XLA fuses with what follows."""
    x = jnp.pad(x, ((0, 0), *sides, (0, 0)))
    bands, frames = (n - size + 1 for n, size in zip(x.shape[1:3], kernel.shape[:2], strict=True))
    return sum(
        (
            x[:, i : i + bands, j : j + frames] * kernel[i, j, 0]
            for i in range(kernel.shape[0])
            for j in range(kernel.shape[1])
        ),
        start=jnp.zeros((), x.dtype),
    )


def _forward(x: jax.Array, kernel: jax.Array, sides: Sides):
    return convolve_map_on_cpu(x, kernel, sides), (x, kernel)


def _backward(sides: Sides, residual: tuple[jax.Array, jax.Array], gradient: jax.Array):
    x, kernel = residual
    by_input = convolve_map(gradient, *reversed_kernel(kernel, sides))
    size = (kernel.shape[0], kernel.shape[1])
    return by_input, kernel_gradient(x, gradient, size, sides).astype(kernel.dtype)


convolve_map_on_cpu.defvjp(_forward, _backward)


def reversed_kernel(kernel: jax.Array, sides: Sides) -> tuple[jax.Array, Sides]:
    """Return the kernel and sides whose convolution is the derivative by the input."""
    opposite = tuple(
        (n - 1 - before, n - 1 - after)
        for n, (before, after) in zip(kernel.shape[:2], sides, strict=True)
    )
    return jnp.flip(kernel, (0, 1)).swapaxes(2, 3), opposite


def kernel_gradient(
    x: jax.Array, gradient: jax.Array, size: tuple[int, int], sides: Sides
) -> jax.Array:
    """Return float32 (*size, inputs, outputs): the derivative of `convolve_map` by its kernel.

    `x` is (batch, bands, frames, inputs) and `gradient` that of the outputs. Segments of the frames
    of one utterance follow each other, so that each stays in the cache of a core.
    """
    (top, bottom), (left, right) = sides
    batch, bands, frames, outputs = gradient.shape
    segments = -(-frames // SEGMENT)
    rest = segments * SEGMENT - frames
    x = jnp.pad(x, ((0, 0), (top, bottom), (left, right + rest), (0, 0)))
    gradient = jnp.pad(gradient, ((0, 0), (0, 0), (0, rest), (0, 0)))
    image = (1, x.shape[1], SEGMENT + size[1] - 1, x.shape[3])

    def add(k: jax.Array, total: jax.Array) -> jax.Array:
        begin = (k // segments, 0, k % segments * SEGMENT, 0)
        images = lax.dynamic_slice(x, begin, image).transpose(3, 1, 2, 0)
        filters = lax.dynamic_slice(gradient, begin, (1, bands, SEGMENT, outputs))
        taps = convolve_map(images, filters.transpose(1, 2, 0, 3), ((0, 0), (0, 0)))
        return total + taps.astype(jnp.float32)

    zero = jnp.zeros((x.shape[3], *size, outputs), jnp.float32)
    return lax.fori_loop(0, batch * segments, add, zero).transpose(1, 2, 0, 3)
