"""UnivNet (Jang et al., 2021), in the form that follows Tortoise: noise becomes speech."""

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


@dataclass(frozen=True)
class UnivNet(VocoderArchitecture):
    """The architecture; fields have the names and defaults of published config.json files."""

    model_types: ClassVar[tuple[str, ...]] = ("univnet",)

    sampling_rate: int = 24_000
    model_in_channels: int = 64
    """Channels of the noise."""
    model_hidden_channels: int = 32
    num_mel_bins: int = 100
    resblock_kernel_sizes: tuple[int, ...] = (3, 3, 3)
    resblock_stride_sizes: tuple[int, ...] = (8, 8, 4)
    resblock_dilation_sizes: tuple[tuple[int, ...], ...] = ((1, 3, 9, 27),) * 3
    kernel_predictor_num_blocks: int = 3
    kernel_predictor_hidden_channels: int = 64
    kernel_predictor_conv_size: int = 3
    leaky_relu_slope: float = 0.2

    @property
    def noise_channels(self) -> int:
        """Channels of the noise from which a waveform is made."""
        return self.model_in_channels

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return math.prod(self.resblock_stride_sizes)

    @property
    def mel(self) -> Mel:
        """The log-mel spectrum that UnivNetFeatureExtractor computes by default.

        Windows of four frames over the whole band, natural logarithms.
        """
        return Mel(
            rate=self.sampling_rate,
            bands=self.num_mel_bins,
            hop=self.hop,
            window=4 * self.hop,
            low=0.0,
            high=self.sampling_rate / 2,
            floor=1e-5,
            ends=3 * self.hop // 2,
            added=1e-9,
        )

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        shapes = shapes_of([self._first, self._last])
        for stage in self._stages:
            shapes |= stage.shapes()
        return shapes

    def decode(self, weights: Weights, mel: jax.Array, noise: jax.Array | None) -> jax.Array:
        """Map log-mel frames (batch, frames, bands) and noise to float32 (batch, samples).

        `noise` is float32 (batch, frames, channels).
        """
        assert noise is not None
        x = self._first(weights, noise)
        for stage in self._stages:
            x = stage(weights, x, mel)
        x = self._last(weights, jax.nn.leaky_relu(x, self.leaky_relu_slope))
        return jnp.tanh(x[:, :, 0])

    @functools.cached_property
    def _first(self) -> Layer:
        inputs, outputs = self.model_in_channels, self.model_hidden_channels
        return Conv("conv_pre", inputs, outputs, 7, padding=3, pad_mode="reflect")

    @functools.cached_property
    def _last(self) -> Layer:
        inputs = self.model_hidden_channels
        return Conv("conv_post", inputs, 1, 7, padding=3, pad_mode="reflect")

    @functools.cached_property
    def _stages(self) -> list[LocalStage]:
        sizes, strides = self.resblock_kernel_sizes, self.resblock_stride_sizes
        stages = zip(sizes, strides, self.resblock_dilation_sizes, strict=True)
        return [
            LocalStage(f"resblocks.{number}", self, size, stride, dilations)
            for number, (size, stride, dilations) in enumerate(stages)
        ]


@dataclass(frozen=True)
class LocalStage:
    """Upsampling, and convolutions whose kernels are predicted from each frame of the mel.

    Location-variable convolutions are those of Zeng et al. (2021).
    """

    name: str
    config: UnivNet
    size: int
    """Taps of all kernels."""
    stride: int
    dilations: tuple[int, ...]
    """Of the convolution before each location-variable one."""

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        predictors = [self._shared, self._kernels, self._biases]
        return shapes_of([self._upsampler, *predictors, *self._dilated])

    def __call__(self, weights: Weights, x: jax.Array, mel: jax.Array) -> jax.Array:
        """Map (batch, time, channels) and mel (batch, frames, bands) to `stride` times the time."""
        slope = self.config.leaky_relu_slope
        x = self._upsampler(weights, jax.nn.leaky_relu(x, slope))
        shared = self._shared(weights, mel)
        width, count = self.config.model_hidden_channels, len(self.dilations)
        shape = *mel.shape[:2], count, width, 2 * width, self.size
        kernels = self._kernels(weights, shared).reshape(shape)
        biases = self._biases(weights, shared).reshape(*mel.shape[:2], count, 2 * width)
        for number, dilated in enumerate(self._dilated):
            y = jax.nn.leaky_relu(dilated(weights, jax.nn.leaky_relu(x, slope)), slope)
            y = convolved_locally(y, kernels[:, :, number], biases[:, :, number])
            gate, value = jnp.split(y, 2, axis=-1)
            x = x + jax.nn.sigmoid(gate) * jnp.tanh(value)
        return x

    @property
    def _upsampler(self) -> Layer:
        width, stride = self.config.model_hidden_channels, self.stride
        # torch gives back a sample at the end where the stride is odd.
        trim = stride // 2 + stride % 2, stride // 2
        return TransposedConv(f"{self.name}.convt_pre", width, width, 2 * stride, stride, trim)

    @property
    def _shared(self) -> Layer:
        """The layers from which kernels and biases are predicted."""
        config, name = self.config, f"{self.name}.kernel_predictor"
        relu, size = LeakyRelu(config.leaky_relu_slope), config.kernel_predictor_conv_size
        bands, width = config.num_mel_bins, config.kernel_predictor_hidden_channels
        layers: list[Layer] = [Conv(f"{name}.input_conv", bands, width, 5, padding=2), relu]
        for number in range(config.kernel_predictor_num_blocks):
            block = f"{name}.resblocks.{number}"
            convs = (same_conv(f"{block}.conv{i}", width, size) for i in (1, 2))
            layers.append(ResidualBlock(tuple(layer for conv in convs for layer in (conv, relu))))
        return Sequence(tuple(layers))

    @property
    def _kernels(self) -> Layer:
        width = self.config.model_hidden_channels
        return self._predictor("kernel_conv", width * 2 * width * self.size)

    @property
    def _biases(self) -> Layer:
        return self._predictor("bias_conv", 2 * self.config.model_hidden_channels)

    def _predictor(self, name: str, outputs: int) -> Layer:
        """Return the convolution that predicts so many numbers for each kernel of a frame."""
        size, inputs = (
            self.config.kernel_predictor_conv_size,
            self.config.kernel_predictor_hidden_channels,
        )
        place, count = f"{self.name}.kernel_predictor.{name}", outputs * len(self.dilations)
        return Conv(place, inputs, count, size, padding=(size - 1) // 2)

    @property
    def _dilated(self) -> list[Layer]:
        width = self.config.model_hidden_channels
        return [
            same_conv(f"{self.name}.resblocks.{number}.conv", width, self.size, dilation)
            for number, dilation in enumerate(self.dilations)
        ]


def convolved_locally(x: jax.Array, kernels: jax.Array, biases: jax.Array) -> jax.Array:
    """Convolve (batch, time, inputs) with a kernel for each frame; return (batch, time, outputs).

    `kernels` is (batch, frames, inputs, outputs, taps) and `biases` (batch, frames, outputs). The
    time is a multiple of the frames; a kernel reads samples of the neighbouring frames, too.
    """
    batch, time, inputs = x.shape
    frames, taps = kernels.shape[1], kernels.shape[-1]
    padding = (taps - 1) // 2
    extended = jnp.pad(x, ((0, 0), (padding, padding), (0, 0)))
    y = biases[:, :, None]
    for tap in range(taps):
        shifted = extended[:, tap : tap + time].reshape(batch, frames, -1, inputs)
        y = y + jnp.einsum("bfti,bfio->bfto", shifted, kernels[..., tap])
    return y.reshape(batch, time, -1)
