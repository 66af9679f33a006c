"""HiFi-GAN (Kong et al., 2020), in the form that follows SpeechT5."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import ClassVar

import jax
import jax.numpy as jnp

from spoofjax.vocoders.architecture import VocoderArchitecture
from spoofjax.vocoders.layers import (
    Conv,
    Layer,
    LeakyRelu,
    ResidualBlock,
    Sequence,
    Shapes,
    TransposedConv,
    Weights,
    same_conv,
    shapes_of,
)
from spoofjax.vocoders.mel import Mel

LAST_SLOPE = 0.01
"""Of the leaky ReLU before the last convolution, whatever the configuration says."""


@dataclass(frozen=True)
class HiFiGAN(VocoderArchitecture):
    """The architecture; fields have the names and defaults of published config.json files."""

    model_types: ClassVar[tuple[str, ...]] = "speecht5_hifigan", "hifigan"

    model_in_dim: int = 80
    sampling_rate: int = 16_000
    upsample_initial_channel: int = 512
    upsample_rates: tuple[int, ...] = (4, 4, 4, 4)
    upsample_kernel_sizes: tuple[int, ...] = (8, 8, 8, 8)
    resblock_kernel_sizes: tuple[int, ...] = (3, 7, 11)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 5), (1, 3, 5), (1, 3, 5))
    leaky_relu_slope: float = 0.1
    normalize_before: bool = True

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return math.prod(self.upsample_rates)

    @property
    def mel(self) -> Mel:
        """The log-mel spectrum that SpeechT5FeatureExtractor computes by default.

        Windows of 64 ms, 80 to 7,600 Hz, logarithms to base 10.
        """
        return Mel(
            rate=self.sampling_rate,
            bands=self.model_in_dim,
            hop=self.hop,
            window=self.sampling_rate * 64 // 1000,
            low=80.0,
            high=7_600.0,
            floor=1e-10,
            log=10,
            ends=self.sampling_rate * 64 // 1000 // 2,
        )

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        residuals = [block for blocks in self._residuals for block in blocks]
        layers = self._first, *self._upsamplers, *residuals, self._last
        return shapes_of(layers) | {"mean": (self.model_in_dim,), "scale": (self.model_in_dim,)}

    def decode(self, weights: Weights, mel: jax.Array, noise: jax.Array | None = None) -> jax.Array:
        """Map log-mel frames, float32 (batch, frames, bands), to float32 (batch, samples).

        The mean of the residual blocks with all sizes of kernels follows each upsampling (Kong et
        al., section 2.2).
        """
        x = (mel - weights["mean"]) / weights["scale"] if self.normalize_before else mel
        x = self._first(weights, x)
        for upsampler, blocks in zip(self._upsamplers, self._residuals, strict=True):
            x = upsampler(weights, jax.nn.leaky_relu(x, self.leaky_relu_slope))
            x = jnp.stack([block(weights, x) for block in blocks]).mean(0)
        x = self._last(weights, jax.nn.leaky_relu(x, LAST_SLOPE))
        return jnp.tanh(x[:, :, 0])

    @functools.cached_property
    def _first(self) -> Layer:
        return Conv("conv_pre", self.model_in_dim, self.upsample_initial_channel, 7, padding=3)

    @functools.cached_property
    def _upsamplers(self) -> list[Layer]:
        layers: list[Layer] = []
        sizes = zip(self.upsample_rates, self.upsample_kernel_sizes, strict=True)
        for number, (rate, size) in enumerate(sizes):
            trim, width = (size - rate) // 2, self._width(number)
            name = f"upsampler.{number}"
            layers.append(TransposedConv(name, width, width // 2, size, rate, (trim, trim)))
        return layers

    @functools.cached_property
    def _residuals(self) -> list[list[Layer]]:
        """Return the residual blocks after each upsampling, one for each size of kernels."""
        kinds = list(zip(self.resblock_kernel_sizes, self.resblock_dilation_sizes, strict=True))
        return [
            [
                self._residual(f"resblocks.{number * len(kinds) + kind}", width, size, dilations)
                for kind, (size, dilations) in enumerate(kinds)
            ]
            for number in range(len(self.upsample_rates))
            for width in [self._width(number + 1)]
        ]

    def _residual(self, name: str, width: int, size: int, dilations: tuple[int, ...]) -> Layer:
        relu = LeakyRelu(self.leaky_relu_slope)
        blocks: list[Layer] = []
        for number, dilation in enumerate(dilations):
            dilated = same_conv(f"{name}.convs1.{number}", width, size, dilation)
            plain = same_conv(f"{name}.convs2.{number}", width, size)
            blocks.append(ResidualBlock((relu, dilated, relu, plain)))
        return Sequence(tuple(blocks))

    @functools.cached_property
    def _last(self) -> Layer:
        return Conv("conv_post", self._width(len(self.upsample_rates)), 1, 7, padding=3)

    def _width(self, number: int) -> int:
        """Return the number of channels after `number` upsamplings."""
        return self.upsample_initial_channel >> number
