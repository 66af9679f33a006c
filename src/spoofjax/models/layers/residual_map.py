"""The residual blocks over maps of bands and frames that AASIST and RawGAT-ST share."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers.initial import constant, normal, parameter
from spoofjax.models.layers.map_convolution import Sides, convolve_map, convolve_map_on_cpu
from spoofjax.models.layers.native_map import SEGMENT, available, convolve_map_in_c, map_block_in_c
from spoofjax.models.layers.normalization import BatchNorm
from spoofjax.models.layers.pooling import max_pool

POOL = 3
"""Frames of which each block takes the maximum."""


class MapConv(nnx.Module):
    """Convolution of (batch, bands, frames, inputs) with zeros around it; arithmetic in `dtype`."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        size: tuple[int, int],
        sides: Sides,
        rngs: nnx.Rngs,
        *,
        dtype: str = "float32",
    ):
        """`size` is (bands, frames); `sides` are the zeros before and after both axes."""
        deviation = math.sqrt(1 / (math.prod(size) * inputs))
        self.kernel = parameter(rngs, (*size, inputs, outputs), normal(deviation))
        self.bias = constant((outputs,), 0.0)
        self.sides = sides
        self.dtype = dtype
        self.on_cpu = jax.default_backend() == "cpu"
        self.native = available(inputs, size, dtype)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, bands, frames, inputs) to (batch, bands, frames, outputs)."""
        dtype = jnp.dtype(self.dtype)
        if self.native:
            run = convolve_map_in_c
        else:
            run = convolve_map_on_cpu if self.on_cpu else convolve_map
        y = run(x.astype(dtype), self.kernel[...].astype(dtype), self.sides)
        return y + self.bias[...].astype(dtype)


class ResidualMap(nnx.Module):
    """Convolution, batch norm, SELU, convolution; the input is added, then a max-pool over time.

    Both kernels span two bands and three frames. Where the number of channels changes, the input
    passes a convolution over three frames before it is added; without `has_shortcut`, an input of
    one channel is added to every channel as it is.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        rngs: nnx.Rngs,
        *,
        has_shortcut: bool = True,
        pool: int = POOL,
        dtype: str = "float32",
    ):
        # The first convolution adds a band, which the second one takes away.
        self.first = MapConv(inputs, outputs, (2, 3), ((1, 1), (1, 1)), rngs, dtype=dtype)
        self.norm = BatchNorm(outputs)
        self.second = MapConv(outputs, outputs, (2, 3), ((0, 0), (1, 1)), rngs, dtype=dtype)
        self.shortcut = (
            MapConv(inputs, outputs, (1, 3), ((0, 0), (1, 1)), rngs, dtype=dtype)
            if has_shortcut and inputs != outputs
            else None
        )
        self.pool = pool

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """Map (batch, bands, frames, inputs) to (batch, bands, frames // pool, outputs)."""
        if self.first.native and not train and SEGMENT % self.pool == 0:
            return self._in_two_passes(x)
        y = jax.nn.selu(self.norm(self.first(x), None, train=train))
        y = self.second(y) + (x if self.shortcut is None else self.shortcut(x))
        return max_pool(y, 2, self.pool) if self.pool > 1 else y

    def _in_two_passes(self, x: jax.Array) -> jax.Array:
        """Evaluate in C: each convolution with everything before the next one."""
        first, second = self.first, self.second
        factor, shift = self.norm.affine(x, None, train=False)
        shift = shift + first.bias[...] * factor
        y = map_block_in_c(x, first.kernel[...], factor, shift, None, first.sides, True, 1)
        added = x if self.shortcut is None else self.shortcut(x)
        bias = second.bias[...]
        return map_block_in_c(
            y, second.kernel[...], jnp.ones_like(bias), bias, added, second.sides, False, self.pool
        )


class MapEncoder(nnx.Module):
    """Residual blocks, one after the other, over a map of one channel."""

    def __init__(
        self,
        channels: Sequence[int],
        rngs: nnx.Rngs,
        *,
        has_first_shortcut: bool = True,
        dtype: str = "float32",
    ):
        """`channels` has the width of each block."""
        self.blocks = nnx.List(
            ResidualMap(a, b, rngs, has_shortcut=has_first_shortcut or k > 0, dtype=dtype)
            for k, (a, b) in enumerate(itertools.pairwise((1, *channels)))
        )

    def __call__(self, x: jax.Array, *, train: bool) -> jax.Array:
        """Map (batch, bands, frames, 1) to (batch, bands, frames // 3 ** blocks, channels)."""
        for block in self.blocks:
            x = block(x, train=train)
        return x


def largest_magnitudes(x: jax.Array, axis: int) -> jax.Array:
    """Return the maximum of |x| over an axis, in float32."""
    return jnp.abs(x.astype(jnp.float32)).max(axis)
