"""EnCodec (Defossez et al., 2022), in the causal form for speech and music at 24 kHz."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import jax
import jax.numpy as jnp

from spoofjax.errors import ConfigError
from spoofjax.vocoders.architecture import CodecArchitecture
from spoofjax.vocoders.layers import Layer, PadMode, Shapes, Weights, apply, shapes_of
from spoofjax.vocoders.quantizers import residual_codes, vectors_of
from spoofjax.vocoders.seanet import SeaNet


@dataclass(frozen=True)
class EnCodec(CodecArchitecture):
    """The architecture; fields have the names and defaults of published config.json files."""

    model_types: ClassVar[tuple[str, ...]] = ("encodec",)
    unused: ClassVar[str] = r"\.codebook\.(inited|cluster_size|embed_avg)$"

    target_bandwidths: tuple[float, ...] = (1.5, 3.0, 6.0, 12.0, 24.0)
    """Rates in kbit/s; the last one takes all quantisers."""
    sampling_rate: int = 24_000
    audio_channels: int = 1
    normalize: bool = False
    chunk_length_s: float | None = None
    hidden_size: int = 128
    num_filters: int = 32
    num_residual_layers: int = 1
    upsampling_ratios: tuple[int, ...] = (8, 5, 4, 2)
    norm_type: Literal["weight_norm", "time_group_norm"] = "weight_norm"
    kernel_size: int = 7
    last_kernel_size: int = 7
    residual_kernel_size: int = 3
    dilation_growth_rate: int = 2
    use_causal_conv: bool = True
    pad_mode: PadMode = "reflect"
    compress: int = 2
    num_lstm_layers: int = 2
    trim_right_ratio: float = 1.0
    codebook_size: int = 1024
    codebook_dim: int | None = None
    use_conv_shortcut: bool = True

    def __post_init__(self):
        is_chunked = self.normalize or self.chunk_length_s is not None
        if is_chunked or self.audio_channels != 1 or self.norm_type != "weight_norm":
            raise ConfigError(
                "This config.json describes EnCodec for stereo music, which works in normalised "
                "chunks. Only the form of facebook/encodec_24khz can be computed."
            )

    @property
    def hop(self) -> int:
        """Samples of a frame."""
        return math.prod(self.upsampling_ratios)

    @property
    def quantizers(self) -> int:
        """Number of quantisers."""
        frames = math.ceil(self.sampling_rate / self.hop)
        return int(1000 * self.target_bandwidths[-1] // (frames * self._bits))

    def shapes(self) -> Shapes:
        """Return the shape of each published tensor."""
        layers = *self._encoder, *self._decoder
        width = self.codebook_dim or self.hidden_size
        names = (self._codebook(number) for number in range(self.quantizers))
        return shapes_of(layers) | {name: (self.codebook_size, width) for name in names}

    def encode(self, weights: Weights, samples: jax.Array) -> jax.Array:
        """Map float32 (batch, samples) to latents, float32 (batch, frames, width)."""
        return apply(self._encoder, weights, samples[:, :, None])

    def quantise(self, weights: Weights, latents: jax.Array, quantizers: int) -> jax.Array:
        """Map latents to codes, int32 (batch, quantizers, frames)."""
        return residual_codes(latents, self._codebooks(weights, quantizers))

    def dequantise(self, weights: Weights, codes: jax.Array) -> jax.Array:
        """Map codes to latents."""
        return vectors_of(codes, self._codebooks(weights, codes.shape[1])).sum(0)

    def decode(self, weights: Weights, latents: jax.Array) -> jax.Array:
        """Map latents to float32 (batch, samples)."""
        return apply(self._decoder, weights, latents)[:, :, 0]

    @property
    def _bits(self) -> int:
        return math.ceil(math.log2(self.codebook_size))

    @functools.cached_property
    def _encoder(self) -> list[Layer]:
        return self._network.encoder("encoder.layers")

    @functools.cached_property
    def _decoder(self) -> list[Layer]:
        return self._network.decoder("decoder.layers")

    @property
    def _network(self) -> SeaNet:
        return SeaNet(**self.shared_fields(SeaNet))

    def _codebook(self, number: int) -> str:
        return f"quantizer.layers.{number}.codebook.embed"

    def _codebooks(self, weights: Weights, count: int) -> jax.Array:
        return jnp.stack([weights[self._codebook(number)] for number in range(count)])
