"""The convolution over frames that tells the transformer their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.core import Tracer

from spoofjax.models.encoders.arithmetic import gelu
from spoofjax.models.encoders.initial import convolution
from spoofjax.models.layers import BatchNorm, valid, zero_padding
from spoofjax.models.layers.initial import constant, parameter

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

TAPS = 16
"""Taps that one matrix product covers."""


class Positions(nnx.Module):
    """GELU of a grouped convolution over frames, with a weight norm or a batch norm in front."""

    def __init__(self, config: Encoder, rngs: nnx.Rngs):
        size, width, groups = config.position_kernel, config.width, config.position_groups
        shape = size, width // groups, width
        has_batch_norm = getattr(config, "position_batch_norm", False)
        self.batch_norm = BatchNorm(width) if has_batch_norm else None
        self.has_weight_norm = not has_batch_norm and config.freeze != "encoder"
        draw = convolution(size * width // groups, is_random=config.is_random)
        kernel = parameter(rngs, shape, draw)
        if self.has_weight_norm:
            self.direction = kernel
            value = kernel.get_value()
            is_abstract = not isinstance(value, jax.Array) or isinstance(value, Tracer)
            norms = np.ones(size) if is_abstract else norm_of_taps(np, np.asarray(value))
            self.scale = constant((size,), norms)
        else:
            self.kernel = kernel
        self.bias = constant((width,), 0.0)
        self.groups = groups
        self.dtype = config.dtype

    def __call__(self, x: jax.Array, lengths: jax.Array | None, *, train: bool) -> jax.Array:
        """Map (batch, frames, width), zero in padded frames, to the same shape in `dtype`."""
        if self.batch_norm is not None:
            mask = valid(lengths, x.shape[1])
            x = self.batch_norm(x, mask, train=train)
            x = zero_padding(x, mask)
        dtype = jnp.dtype(self.dtype)
        x = grouped(x.astype(dtype), self._kernel().astype(dtype), self.groups)
        return gelu(x + self.bias[...].astype(dtype))

    def _kernel(self) -> jax.Array:
        if not self.has_weight_norm:
            return self.kernel[...]
        return weight_normed(jnp, self.direction[...], self.scale[...])


def norm_of_taps(library: Any, direction: Any) -> Any:
    """Return the norm (taps,) of each tap of a kernel (taps, inputs, outputs)."""
    return library.sqrt((direction * direction).sum((1, 2)))


def weight_normed(library: Any, direction: Any, scale: Any) -> Any:
    """Return the kernel whose taps have these directions and norms (Salimans and Kingma, 2016).

    `library` is numpy or jax.numpy, `direction` (taps, inputs, outputs) and `scale` (taps,).
    """
    return direction * (scale / norm_of_taps(library, direction))[:, None, None]


def grouped(x: jax.Array, kernel: jax.Array, groups: int) -> jax.Array:
    """Convolve (batch, frames, width) with (taps, width / groups, width); as many frames come out.

    An even kernel covers one frame more before the current one than after it. The sum over taps is
    made of few products of matrices, because compilers' own grouped convolutions are slow,
    especially their derivatives.
    """
    batch, frames, width = x.shape
    size, inputs, _ = kernel.shape
    parts = -(-size // TAPS)
    extra = parts * TAPS - size
    x = jnp.pad(x, ((0, 0), (size // 2, size - 1 - size // 2 + extra), (0, 0)))
    x = x.reshape(batch, -1, groups, inputs).transpose(2, 0, 1, 3)
    reach = frames + (parts - 1) * TAPS
    windows = jnp.concatenate([x[:, :, tap : tap + reach] for tap in range(TAPS)], -1)
    kernel = jnp.pad(kernel, ((0, extra), (0, 0), (0, 0)))
    kernel = kernel.reshape(parts, TAPS, inputs, groups, width // groups)
    kernel = kernel.transpose(0, 3, 1, 2, 4).reshape(parts, groups, TAPS * inputs, -1)
    y = jnp.zeros((groups, batch, frames, width // groups), x.dtype)
    for part, weights in enumerate(kernel):
        piece = windows[:, :, part * TAPS : part * TAPS + frames]
        y = y + jnp.einsum("gbti,gio->gbto", piece, weights)
    return y.transpose(1, 2, 0, 3).reshape(batch, frames, width)
