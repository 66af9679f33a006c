"""Layers of codecs and vocoders, for inference.

A layer knows the names and shapes of its tensors as published (torch's layouts), and is called with
a dictionary of weights that has them. Sequences are (batch, time, channels).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import jax
import jax.numpy as jnp
from jax import lax

Shapes = dict[str, tuple[int, ...]]
Weights = Mapping[str, jax.Array]
PadMode = Literal["constant", "reflect", "edge"]


class Layer(Protocol):
    """A map of sequences to sequences."""

    def shapes(self) -> Shapes:
        """Return the shape of each tensor that the layer reads."""
        ...

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Map (batch, time, channels) to (batch, other time, other channels)."""
        ...


def shapes_of(layers: Iterable[Layer]) -> Shapes:
    """Return the shapes of all tensors of several layers."""
    return {name: shape for layer in layers for name, shape in layer.shapes().items()}


def apply(layers: Iterable[Layer], weights: Weights, x: jax.Array) -> jax.Array:
    """Call layers one after another."""
    for layer in layers:
        x = layer(weights, x)
    return x


def padded(x: jax.Array, before: int, after: int, mode: PadMode = "constant") -> jax.Array:
    """Extend (batch, time, channels) in time.

    A sequence that is too short to be reflected is extended with zeros for the reflection, as in
    EnCodec's code.
    """
    missing = max(before, after) - x.shape[1] + 1 if mode == "reflect" else 0
    if missing > 0:
        x = jnp.pad(x, ((0, 0), (0, missing), (0, 0)))
    y = jnp.pad(x, ((0, 0), (before, after), (0, 0)), mode=mode)
    return y[:, : y.shape[1] - missing] if missing > 0 else y


@dataclass(frozen=True)
class Elu:
    """The exponential linear unit (Clevert et al., 2016), with alpha = 1."""

    def shapes(self) -> Shapes:
        """Return no shapes."""
        return {}

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return an array of the shape of `x`."""
        return jax.nn.elu(x)


@dataclass(frozen=True)
class LeakyRelu:
    """x where it is positive, otherwise `slope` times x."""

    slope: float

    def shapes(self) -> Shapes:
        """Return no shapes."""
        return {}

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return an array of the shape of `x`."""
        return jax.nn.leaky_relu(x, self.slope)


@dataclass(frozen=True)
class Snake:
    """x + sin(alpha x)^2 / alpha, with one alpha a channel (Liu et al., 2020, equation 3)."""

    name: str
    channels: int

    def shapes(self) -> Shapes:
        """Return the shape of alpha."""
        return {f"{self.name}.alpha": (1, self.channels, 1)}

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return an array of the shape of `x`."""
        alpha = weights[f"{self.name}.alpha"][:, :, 0]
        return x + jnp.square(jnp.sin(alpha * x)) / (alpha + 1e-9)


@dataclass(frozen=True)
class Conv:
    """A convolution over time, after padding both ends."""

    name: str
    inputs: int
    outputs: int
    size: int
    stride: int = 1
    dilation: int = 1
    padding: int = 0
    has_bias: bool = True
    pad_mode: PadMode = "constant"

    def shapes(self) -> Shapes:
        """Return the shapes of kernel and bias."""
        shapes: Shapes = {f"{self.name}.weight": (self.outputs, self.inputs, self.size)}
        return shapes | ({f"{self.name}.bias": (self.outputs,)} if self.has_bias else {})

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Map (batch, time, inputs) to (batch, new time, outputs)."""
        before, after = self.ends(x.shape[1])
        y = lax.conv_general_dilated(
            padded(x, before, after, self.pad_mode),
            weights[f"{self.name}.weight"],
            (self.stride,),
            "VALID",
            rhs_dilation=(self.dilation,),
            dimension_numbers=("NWC", "OIW", "NWC"),
        )
        return y + weights[f"{self.name}.bias"] if self.has_bias else y

    def ends(self, length: int) -> tuple[int, int]:
        """Return how much to pad a sequence of this length before its start and after its end."""
        return self.padding, self.padding


@dataclass(frozen=True)
class TransposedConv:
    """A transposed convolution over time, from which `trim` samples are cut at each end."""

    name: str
    inputs: int
    outputs: int
    size: int
    stride: int
    trim: tuple[int, int] = (0, 0)
    groups: int = 1
    has_bias: bool = True

    def shapes(self) -> Shapes:
        """Return the shapes of kernel and bias."""
        kernel = self.inputs, self.outputs // self.groups, self.size
        shapes: Shapes = {f"{self.name}.weight": kernel}
        return shapes | ({f"{self.name}.bias": (self.outputs,)} if self.has_bias else {})

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Map (batch, time, inputs) to (batch, (time - 1) stride + size - trim, outputs).

        Each step contributes `size` samples. They are one matrix product, and are summed in
        blocks of `stride` samples: XLA's dilated form multiplies mostly zeros.
        """
        batch, time, _ = x.shape
        kernel = weights[f"{self.name}.weight"]
        blocks = -(-self.size // self.stride)
        kernel = jnp.pad(kernel, ((0, 0), (0, 0), (0, blocks * self.stride - self.size)))
        kernel = kernel.reshape(self.groups, -1, self.outputs // self.groups, kernel.shape[-1])
        parts = jnp.einsum("btgi,giok->btkgo", x.reshape(batch, time, self.groups, -1), kernel)
        parts = parts.reshape(batch, time, blocks, self.stride * self.outputs)
        y = sum(
            jnp.pad(parts[:, :, block], ((0, 0), (block, blocks - 1 - block), (0, 0)))
            for block in range(blocks)
        )
        y = jnp.asarray(y).reshape(batch, -1, self.outputs)
        before, after = self.trim
        y = y[:, before : (time - 1) * self.stride + self.size - after]
        return y + weights[f"{self.name}.bias"] if self.has_bias else y


def same_conv(name: str, channels: int, size: int, dilation: int = 1) -> Conv:
    """Return a convolution that keeps the number of channels and, with an odd size, the length."""
    padding = (size - 1) * dilation // 2
    return Conv(name, channels, channels, size, dilation=dilation, padding=padding)


@dataclass(frozen=True)
class Sequence:
    """Layers one after another."""

    layers: tuple[Layer, ...]

    def shapes(self) -> Shapes:
        """Return the shapes of the tensors of all layers."""
        return shapes_of(self.layers)

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return the output of the last layer."""
        return apply(self.layers, weights, x)


@dataclass(frozen=True)
class ResidualBlock:
    """The sum of what a branch of layers makes of the input, and the input or a layer of it."""

    branch: tuple[Layer, ...]
    shortcut: Layer | None = None

    def shapes(self) -> Shapes:
        """Return the shapes of the tensors of both paths."""
        return shapes_of((*self.branch, *([self.shortcut] if self.shortcut else [])))

    def __call__(self, weights: Weights, x: jax.Array) -> jax.Array:
        """Return an array of the shape of `x`."""
        beside = x if self.shortcut is None else self.shortcut(weights, x)
        return beside + apply(self.branch, weights, x)
