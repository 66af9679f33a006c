"""Mimi, the codec of Moshi (Defossez et al., 2024), at 24 kHz with 12.5 frames a second."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import jax
import jax.numpy as jnp

from spoofjax.vocoders.architecture import CodecArchitecture
from spoofjax.vocoders.attention import CausalTransformer
from spoofjax.vocoders.layers import (
    Layer,
    PadMode,
    Shapes,
    TransposedConv,
    Weights,
    apply,
    shapes_of,
)
from spoofjax.vocoders.quantizers import residual_codes, vectors_of
from spoofjax.vocoders.seanet import SeaNet, StreamConv

SEMANTIC, ACOUSTIC = (
    f"quantizer.{kind}_residual_vector_quantizer" for kind in ("semantic", "acoustic")
)
SMALLEST_USAGE = 1e-5
"""Counts of a code below this are taken for it, so that an unused code stays finite."""


@dataclass(frozen=True)
class Mimi(CodecArchitecture):
    """The architecture; fields have the names and defaults of published config.json files."""

    model_types: ClassVar[tuple[str, ...]] = ("mimi",)
    unused: ClassVar[str] = r"\.codebook\.initialized$"

    sampling_rate: int = 24_000
    audio_channels: Literal[1] = 1
    hidden_size: int = 512
    num_filters: int = 64
    num_residual_layers: int = 1
    upsampling_ratios: tuple[int, ...] = (8, 6, 5, 4)
    kernel_size: int = 7
    last_kernel_size: int = 3
    residual_kernel_size: int = 3
    dilation_growth_rate: int = 2
    use_causal_conv: Literal[True] = True
    pad_mode: PadMode = "constant"
    compress: int = 2
    trim_right_ratio: float = 1.0
    use_conv_shortcut: bool = False
    frame_rate: float | None = None
    """Frames of codes a second; None is half of those of the convolutions."""
    codebook_size: int = 2048
    vector_quantization_hidden_dimension: int = 256
    """Width of the codes."""
    num_quantizers: int = 32
    num_semantic_quantizers: int = 1
    upsample_groups: int = 512
    num_hidden_layers: int = 8
    intermediate_size: int = 2048
    num_attention_heads: int = 8
    head_dim: int | None = None
    hidden_act: Literal["gelu"] = "gelu"
    norm_eps: float = 1e-5
    rope_theta: float = 10_000.0
    sliding_window: int = 250
    attention_bias: Literal[False] = False

    @classmethod
    def from_values(cls, values: dict[str, Any], name: str) -> Self:
        """Return the architecture of a config.json; newer files keep rope_theta in an object."""
        rope = values.get("rope_parameters")
        newer = {"rope_theta": rope.get("rope_theta")} if isinstance(rope, dict) else {}
        return super().from_values({**values, **newer}, name)

    @property
    def hop(self) -> int:
        """Samples of a frame of codes."""
        return math.prod(self.upsampling_ratios) * self._stride

    @property
    def quantizers(self) -> int:
        """Number of quantisers."""
        return self.num_quantizers

    @property
    def fewest_quantizers(self) -> int:
        """The number of semantic quantisers, which are never left out."""
        return self.num_semantic_quantizers

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        shapes = shapes_of([*self._encoder, *self._decoder])
        width, inner = self.hidden_size, self.vector_quantization_hidden_dimension
        counts = self.num_semantic_quantizers, self.num_quantizers - self.num_semantic_quantizers
        for name, count in zip((SEMANTIC, ACOUSTIC), counts, strict=True):
            shapes[f"{name}.input_proj.weight"] = inner, width, 1
            shapes[f"{name}.output_proj.weight"] = width, inner, 1
            for number in range(count):
                codebook = f"{name}.layers.{number}.codebook"
                shapes[f"{codebook}.embed_sum"] = self.codebook_size, inner
                shapes[f"{codebook}.cluster_usage"] = (self.codebook_size,)
        return shapes

    def encode(self, weights: Weights, samples: jax.Array) -> jax.Array:
        """Map float32 (batch, samples) to latents, float32 (batch, frames, width)."""
        return apply(self._encoder, weights, samples[:, :, None])

    def quantise(self, weights: Weights, latents: jax.Array, quantizers: int) -> jax.Array:
        """Map latents to codes, int32 (batch, quantizers, frames): semantic ones come first."""
        codes = [
            residual_codes(_projected(weights, f"{name}.input_proj", latents), codebooks)
            for name, codebooks in self._codebooks(weights, quantizers)
        ]
        return jnp.concatenate(codes, axis=1)

    def dequantise(self, weights: Weights, codes: jax.Array) -> jax.Array:
        """Map codes to latents."""
        used = self._codebooks(weights, codes.shape[1])
        parts = jnp.split(codes, [self.num_semantic_quantizers], axis=1)
        latents = [
            _projected(weights, f"{name}.output_proj", vectors_of(part, codebooks).sum(0))
            for part, (name, codebooks) in zip(parts, used, strict=False)
        ]
        return sum(latents[1:], latents[0])

    def decode(self, weights: Weights, latents: jax.Array) -> jax.Array:
        """Map latents to float32 (batch, samples)."""
        return apply(self._decoder, weights, latents)[:, :, 0]

    @property
    def _stride(self) -> int:
        """Frames of the convolutions for each frame of codes."""
        frames = math.ceil(self.sampling_rate / math.prod(self.upsampling_ratios))
        return 2 if self.frame_rate is None else int(frames / self.frame_rate)

    @functools.cached_property
    def _encoder(self) -> list[Layer]:
        width, stride = self.hidden_size, self._stride
        down = StreamConv(
            "downsample.conv", width, width, 2 * stride, stride, has_bias=False, pad_mode="edge"
        )
        convolutions = self._network.encoder("encoder.layers")
        return [*convolutions, self._transformer("encoder_transformer"), down]

    @functools.cached_property
    def _decoder(self) -> list[Layer]:
        width, stride = self.hidden_size, self._stride
        after = math.ceil(stride * self.trim_right_ratio)
        up = TransposedConv(
            "upsample.conv",
            width,
            width,
            2 * stride,
            stride,
            trim=(stride - after, after),
            groups=self.upsample_groups,
            has_bias=False,
        )
        transformer = self._transformer("decoder_transformer")
        return [up, transformer, *self._network.decoder("decoder.layers")]

    @property
    def _network(self) -> SeaNet:
        return SeaNet(**self.shared_fields(SeaNet))

    def _transformer(self, name: str) -> Layer:
        return CausalTransformer(
            name,
            layers=self.num_hidden_layers,
            width=self.hidden_size,
            inner=self.intermediate_size,
            heads=self.num_attention_heads,
            head=self.head_dim or self.hidden_size // self.num_attention_heads,
            window=self.sliding_window,
            base=self.rope_theta,
            epsilon=self.norm_eps,
        )

    def _codebooks(self, weights: Weights, count: int) -> list[tuple[str, jax.Array]]:
        """Return the parts of the quantiser that `count` codes use, each with its codebooks."""
        semantic = self.num_semantic_quantizers
        counts = {SEMANTIC: semantic, ACOUSTIC: count - semantic}
        return [
            (name, jnp.stack([_codebook(weights, f"{name}.layers.{i}") for i in range(number)]))
            for name, number in counts.items()
            if number
        ]


def _projected(weights: Weights, name: str, x: jax.Array) -> jax.Array:
    return x @ weights[f"{name}.weight"][:, :, 0].T


def _codebook(weights: Weights, name: str) -> jax.Array:
    """Return (codes, width): the mean of the frames that each code stood for in training."""
    usage = jnp.maximum(weights[f"{name}.codebook.cluster_usage"], SMALLEST_USAGE)
    return weights[f"{name}.codebook.embed_sum"] / usage[:, None]
