"""SEANet, the convolutional encoder and decoder of EnCodec and Mimi (Tagliasacchi et al., 2020)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import jax
import jax.numpy as jnp

from spoofjax.models.layers.recurrent import lstm
from spoofjax.vocoders.layers import (
    Conv,
    Elu,
    Layer,
    PadMode,
    ResidualBlock,
    Shapes,
    TransposedConv,
    Weights,
)


@dataclass(frozen=True)
class StreamConv(Conv):
    """A convolution whose output has one step for each `stride` steps begun.

    It is padded at the start alone where it is causal, and more at the start than at the end where
    it is not.
    """

    is_causal: bool = True

    def ends(self, length: int) -> tuple[int, int]:
        """Return how much to pad a sequence of this length before its start and after its end."""
        total = (self.size - 1) * self.dilation + 1 - self.stride
        after = 0 if self.is_causal else total // 2
        return total - after, after + -length % self.stride


@dataclass(frozen=True)
class ResidualLSTM:
    """LSTM layers over time, with the input added to the output of the last."""

    name: str
    channels: int
    layers: int

    def shapes(self) -> Shapes:
        """Return the shapes of both kernels and both biases of each layer."""
        width = 4 * self.channels
        shapes: Shapes = {}
        for layer in range(self.layers):
            for side in ("ih", "hh"):
                shapes[f"{self.name}.weight_{side}_l{layer}"] = width, self.channels
                shapes[f"{self.name}.bias_{side}_l{layer}"] = (width,)
        return shapes

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return an array of the shape of `x`."""
        y: jax.Array = x.swapaxes(0, 1)
        for layer in range(self.layers):
            kernel, recurrent, bias, other_bias = (
                weights[f"{self.name}.{part}_l{layer}"]
                for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            )
            y = jnp.asarray(lstm(y, kernel.T, recurrent.T, bias + other_bias, None, hoist=True))
        return x + y.swapaxes(0, 1)


@dataclass(frozen=True)
class SeaNet:
    """The sizes of an encoder and decoder, under the names of published config.json files."""

    audio_channels: int
    hidden_size: int
    num_filters: int
    num_residual_layers: int
    upsampling_ratios: tuple[int, ...]
    kernel_size: int
    last_kernel_size: int
    residual_kernel_size: int
    dilation_growth_rate: int
    use_causal_conv: bool
    pad_mode: PadMode
    compress: int
    trim_right_ratio: float
    use_conv_shortcut: bool
    num_lstm_layers: int = 0

    def encoder(self, name: str) -> list[Layer]:
        """Return the layers from (batch, samples, 1) to (batch, frames, hidden size).

        The tensors of layer i are named `name`.i, counting activations.
        """
        width = self.num_filters
        layers: list[Layer] = [
            self._conv(f"{name}.0", self.audio_channels, width, self.kernel_size)
        ]
        for ratio in reversed(self.upsampling_ratios):
            for number in range(self.num_residual_layers):
                layers.append(self._residual(f"{name}.{len(layers)}", width, number))
            layers.append(Elu())
            place = f"{name}.{len(layers)}"
            layers.append(self._conv(place, width, 2 * width, 2 * ratio, stride=ratio))
            width *= 2
        if self.num_lstm_layers:
            layers.append(self._lstm(f"{name}.{len(layers)}", width))
        layers.append(Elu())
        place = f"{name}.{len(layers)}"
        return [*layers, self._conv(place, width, self.hidden_size, self.last_kernel_size)]

    def decoder(self, name: str) -> list[Layer]:
        """Return the layers from (batch, frames, hidden size) to (batch, samples, 1)."""
        width = self.num_filters << len(self.upsampling_ratios)
        layers: list[Layer] = [self._conv(f"{name}.0", self.hidden_size, width, self.kernel_size)]
        if self.num_lstm_layers:
            layers.append(self._lstm(f"{name}.{len(layers)}", width))
        for ratio in self.upsampling_ratios:
            layers.append(Elu())
            layers.append(self._transposed(f"{name}.{len(layers)}", width, ratio))
            width //= 2
            for number in range(self.num_residual_layers):
                layers.append(self._residual(f"{name}.{len(layers)}", width, number))
        layers.append(Elu())
        place = f"{name}.{len(layers)}"
        return [*layers, self._conv(place, width, self.audio_channels, self.last_kernel_size)]

    def _conv(
        self, name: str, inputs: int, outputs: int, size: int, stride: int = 1, dilation: int = 1
    ) -> Layer:
        return StreamConv(
            f"{name}.conv",
            inputs,
            outputs,
            size,
            stride,
            dilation,
            pad_mode=self.pad_mode,
            is_causal=self.use_causal_conv,
        )

    def _transposed(self, name: str, width: int, ratio: int) -> Layer:
        surplus = ratio  # The kernel has 2 * ratio taps, and the stride is ratio.
        after = math.ceil(surplus * self.trim_right_ratio) if self.use_causal_conv else surplus // 2
        trim = surplus - after, after
        return TransposedConv(f"{name}.conv", width, width // 2, 2 * ratio, ratio, trim)

    def _residual(self, name: str, width: int, number: int) -> Layer:
        inner, size = width // self.compress, self.residual_kernel_size
        dilation = self.dilation_growth_rate**number
        first = self._conv(f"{name}.block.1", width, inner, size, dilation=dilation)
        second = self._conv(f"{name}.block.3", inner, width, 1)
        has_shortcut = self.use_conv_shortcut
        shortcut = self._conv(f"{name}.shortcut", width, width, 1) if has_shortcut else None
        return ResidualBlock((Elu(), first, Elu(), second), shortcut)

    def _lstm(self, name: str, width: int) -> Layer:
        return ResidualLSTM(f"{name}.lstm", width, self.num_lstm_layers)
