"""DAC, the Descript audio codec (Kumar et al., 2023), at 16, 24 or 44.1 kHz."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp
from jax import lax

from spoofjax.vocoders.architecture import CodecArchitecture
from spoofjax.vocoders.layers import (
    Conv,
    Layer,
    ResidualBlock,
    Shapes,
    Snake,
    TransposedConv,
    Weights,
    apply,
    shapes_of,
)
from spoofjax.vocoders.quantizers import nearest, vectors_of

DILATIONS = 1, 3, 9
"""Of the three residual units of a block."""
PARTS = "in_proj.weight", "in_proj.bias", "codebook.weight", "out_proj.weight", "out_proj.bias"
"""Tensors of a quantiser."""


@dataclass(frozen=True)
class DAC(CodecArchitecture):
    """The architecture; fields have the names and defaults of published config.json files."""

    model_types: ClassVar[tuple[str, ...]] = ("dac",)

    encoder_hidden_size: int = 64
    downsampling_ratios: tuple[int, ...] = (2, 4, 8, 8)
    decoder_hidden_size: int = 1536
    n_codebooks: int = 9
    codebook_size: int = 1024
    codebook_dim: int = 8
    sampling_rate: int = 16_000

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return math.prod(self.downsampling_ratios)

    @property
    def quantizers(self) -> int:
        """Number of quantisers."""
        return self.n_codebooks

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        shapes = shapes_of([*self._encoder, *self._decoder])
        inner = self.codebook_dim
        of_parts = (
            (inner, self._width, 1),
            (inner,),
            (self.codebook_size, inner),
            (self._width, inner, 1),
            (self._width,),
        )
        for number in range(self.n_codebooks):
            names = (f"quantizer.quantizers.{number}.{part}" for part in PARTS)
            shapes |= zip(names, of_parts, strict=True)
        return shapes

    def encode(self, weights: Weights, samples: jax.Array) -> jax.Array:
        """Map float32 (batch, samples) to latents, float32 (batch, frames, width)."""
        return apply(self._encoder, weights, samples[:, :, None])

    def quantise(self, weights: Weights, latents: jax.Array, quantizers: int) -> jax.Array:
        """Map latents to codes, int32 (batch, quantizers, frames).

        A quantiser compares directions in a space of few dimensions (Kumar et al., section 3.2).
        """

        def quantise(residual: jax.Array, parts: tuple) -> tuple[jax.Array, jax.Array]:
            kernel, bias, codebook, out_kernel, out_bias = parts
            projected = residual @ kernel[:, :, 0].T + bias
            codes = nearest(_direction(projected), _direction(codebook))
            quantised = codebook[codes] @ out_kernel[:, :, 0].T + out_bias
            return residual - quantised, codes

        parts = tuple(_stacked(weights, part, quantizers) for part in PARTS)
        return lax.scan(quantise, latents, parts)[1].swapaxes(0, 1)

    def dequantise(self, weights: Weights, codes: jax.Array) -> jax.Array:
        """Map codes to latents."""
        count = codes.shape[1]
        codebooks, kernels, biases = (_stacked(weights, part, count) for part in PARTS[2:])
        vectors = vectors_of(codes, codebooks)
        return jnp.einsum("qbti,qoi->bto", vectors, kernels[:, :, :, 0]) + biases.sum(0)

    def decode(self, weights: Weights, latents: jax.Array) -> jax.Array:
        """Map latents to float32 (batch, samples).

        With an odd ratio, there are a few samples less than frames times hop.
        """
        return jnp.tanh(apply(self._decoder, weights, latents)[:, :, 0])

    @property
    def _width(self) -> int:
        return self.encoder_hidden_size << len(self.downsampling_ratios)

    @functools.cached_property
    def _encoder(self) -> list[Layer]:
        width = self.encoder_hidden_size
        layers: list[Layer] = [Conv("encoder.conv1", 1, width, 7, padding=3)]
        for number, ratio in enumerate(self.downsampling_ratios):
            name, size, padding = f"encoder.block.{number}", 2 * ratio, math.ceil(ratio / 2)
            layers += _residual_units(name, width)
            layers.append(Snake(f"{name}.snake1", width))
            layers.append(Conv(f"{name}.conv1", width, 2 * width, size, ratio, padding=padding))
            width *= 2
        layers.append(Snake("encoder.snake1", width))
        return [*layers, Conv("encoder.conv2", width, width, 3, padding=1)]

    @functools.cached_property
    def _decoder(self) -> list[Layer]:
        width = self.decoder_hidden_size
        layers: list[Layer] = [Conv("decoder.conv1", self._width, width, 7, padding=3)]
        for number, ratio in enumerate(reversed(self.downsampling_ratios)):
            name, trim = f"decoder.block.{number}", math.ceil(ratio / 2)
            layers.append(Snake(f"{name}.snake1", width))
            place = f"{name}.conv_t1"
            up = TransposedConv(place, width, width // 2, 2 * ratio, ratio, (trim, trim))
            layers.append(up)
            width //= 2
            layers += _residual_units(name, width)
        layers.append(Snake("decoder.snake1", width))
        return [*layers, Conv("decoder.conv2", width, 1, 7, padding=3)]


def _residual_units(name: str, width: int) -> list[Layer]:
    units: list[Layer] = []
    for number, dilation in enumerate(DILATIONS, 1):
        unit = f"{name}.res_unit{number}"
        first = Conv(f"{unit}.conv1", width, width, 7, dilation=dilation, padding=3 * dilation)
        second = Conv(f"{unit}.conv2", width, width, 1)
        snakes = Snake(f"{unit}.snake1", width), Snake(f"{unit}.snake2", width)
        units.append(ResidualBlock((snakes[0], first, snakes[1], second)))
    return units


def _stacked(weights: Weights, part: str, count: int) -> jax.Array:
    return jnp.stack([weights[f"quantizer.quantizers.{i}.{part}"] for i in range(count)])


def _direction(x: jax.Array) -> jax.Array:
    """Return vectors of length 1 along the last axis; vectors of almost no length stay short."""
    length = jnp.sqrt(jnp.square(x).sum(-1, keepdims=True))
    return x / jnp.maximum(length, 1e-12)
