"""The convolutions that turn a waveform into frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax
from jax.ad_checkpoint import checkpoint_name

from spoofjax.models.encoders.arithmetic import gelu, layer_norm
from spoofjax.models.encoders.initial import convolution
from spoofjax.models.layers import valid
from spoofjax.models.layers.initial import constant, parameter
from spoofjax.models.layers.masking import along

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

EPSILON = 1e-5
"""Added to the variance in the norms of the convolutions, whatever the encoder's own epsilon."""
CONVOLUTION = "convolution"
"""Name by which the backward pass finds the outputs of the convolutions."""


class Convolution(nnx.Module):
    """One convolution over time, with its norm and GELU."""

    def __init__(self, config: Encoder, number: int, rngs: nnx.Rngs):
        inputs = config.channels[number - 1] if number else 1
        outputs, size = config.channels[number], config.kernels[number]
        draw = convolution(size * inputs, is_random=config.is_random)
        self.kernel = parameter(rngs, (size, inputs, outputs), draw)
        self.bias = constant((outputs,), 0.0) if config.convolution_bias else None
        has_norm = config.norm == "layer" or number == 0
        self.scale = constant((outputs,), 1.0) if has_norm else None
        self.shift = constant((outputs,), 0.0) if has_norm else None
        self.stride = config.strides[number]
        self.is_over_time = config.norm == "group"
        self.dtype = config.dtype

    def __call__(
        self, x: jax.Array, lengths: jax.Array | None
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, frames, inputs) and lengths to (batch, fewer frames, outputs) and lengths."""
        dtype = jnp.dtype(self.dtype)
        size = self.kernel.shape[0]
        x = lax.conv_general_dilated(
            x.astype(dtype),
            self.kernel[...].astype(dtype),
            (self.stride,),
            "VALID",
            dimension_numbers=("NWC", "WIO", "NWC"),
        )
        if self.bias is not None:
            x = x + self.bias[...].astype(dtype)
        x = checkpoint_name(x, CONVOLUTION)
        if lengths is not None:
            lengths = jnp.maximum((lengths - size) // self.stride + 1, 1)
        return gelu(self._normalised(x, lengths)), lengths

    def _normalised(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        if self.scale is None or self.shift is None:
            return x
        scale, shift = self.scale[...], self.shift[...]
        if self.is_over_time:
            return norm_over_time(x, scale, shift, lengths)
        return layer_norm(x, scale, shift, EPSILON, self.dtype)


def norm_over_time(
    x: jax.Array, scale: jax.Array, shift: jax.Array, lengths: jax.Array | None
) -> jax.Array:
    """Normalise each channel of each utterance over its valid frames (Wu and He, 2018).

    Padding does not count, so that an utterance has the same frames in every batch. transformers
    counts it, and is equal only for utterances without padding.
    """
    wide = x.astype(jnp.float32)
    mask = valid(lengths, x.shape[1])
    if mask is None:
        mean, variance = wide.mean(1, keepdims=True), wide.var(1, keepdims=True)
    else:
        weight = along(mask, x).astype(jnp.float32)
        count = weight.sum(1, keepdims=True)
        mean = (wide * weight).sum(1, keepdims=True) / count
        variance = (jnp.square(wide - mean) * weight).sum(1, keepdims=True) / count
    return ((wide - mean) * lax.rsqrt(variance + EPSILON) * scale + shift).astype(x.dtype)


class Convolutions(nnx.Module):
    """All convolutions over the waveform."""

    def __init__(self, config: Encoder, rngs: nnx.Rngs):
        self.blocks = nnx.List(Convolution(config, i, rngs) for i in range(len(config.channels)))
        self.should_repeat = config.remat_features

    def __call__(
        self, waveforms: jax.Array, lengths: jax.Array | None
    ) -> tuple[jax.Array, jax.Array | None]:
        """Map (batch, samples) and lengths in samples to (batch, frames, channels) and lengths.

        The backward pass keeps the output of each convolution at most, and repeats its norm and
        GELU.
        """
        policies = jax.checkpoint_policies
        keep = policies.save_only_these_names(*([] if self.should_repeat else [CONVOLUTION]))
        graph, state = nnx.split(self)

        def apply(state, waveforms, lengths):
            x = waveforms[:, :, None]
            for block in nnx.merge(graph, state).blocks:
                x, lengths = block(x, lengths)
            return x, lengths

        return jax.checkpoint(apply, policy=keep)(state, waveforms, lengths)
