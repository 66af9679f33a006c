"""Convolutions over time, and over time and frequency; channels last."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.models.layers.initial import constant, he_normal, parameter


class Conv(nnx.Module):
    """Convolution with zero padding to the same size, stride one; arithmetic in `dtype`."""

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

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, [bins,] inputs) to (batch, frames, [bins,] outputs)."""
        dtype = jnp.dtype(self.dtype)
        y = convolve(x.astype(dtype), self.kernel[...].astype(dtype))
        return y if self.bias is None else y + self.bias[...].astype(dtype)


def convolve(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve (batch, *space, inputs) with (*size, inputs, outputs), padded to the same size.

    As in torch and Keras the kernel is not flipped.
    """
    if all(n == 1 for n in kernel.shape[:-2]):
        # As a plain product its weight gradient is one too, several times faster on a CPU.
        return x @ kernel.reshape(kernel.shape[-2:])
    space = "HW"[: kernel.ndim - 2]
    numbers = (f"N{space}C", f"{space}IO", f"N{space}C")
    return lax.conv_general_dilated(x, kernel, (1,) * len(space), "SAME", dimension_numbers=numbers)
