"""A neural codec with its weights, run on the device."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from spoofjax.errors import ConfigError
from spoofjax.vocoders.architecture import CodecArchitecture
from spoofjax.vocoders.dac import DAC
from spoofjax.vocoders.encodec import EnCodec
from spoofjax.vocoders.mimi import Mimi
from spoofjax.vocoders.opening import opened
from spoofjax.vocoders.samples import checked, filled

KINDS = (DAC, EnCodec, Mimi)


class Codec:
    """Waveforms to codes and back, in programs that are compiled once for each shape."""

    def __init__(self, architecture: CodecArchitecture, weights: dict[str, jax.Array]):
        self.architecture = architecture
        self.weights = weights

    @property
    def rate(self) -> int:
        """Samples a second of the waveforms."""
        return self.architecture.sampling_rate

    def encode(self, samples: ArrayLike, quantizers: int | None = None) -> np.ndarray:
        """Map float32 (batch, samples) to codes, int32 (batch, quantizers, frames).

        The samples have the rate of the codec. `quantizers` is the number of codes of each frame;
        by default all that the codec has. Raises ConfigError for another number, and AudioError
        for samples of another shape or that are not finite.
        """
        count = self._count(quantizers)
        return np.asarray(self._codes_of(checked(samples), count))

    def decode(self, codes: ArrayLike) -> np.ndarray:
        """Map codes, int (batch, quantizers, frames), to float32 (batch, samples).

        The codes alone say how long the waveforms are, which differs from those that were encoded
        by less than a frame. Raises ConfigError for codes of another shape or range.
        """
        array = np.asarray(codes)
        size = self.architecture.codebook_size
        if array.ndim != 3 or array.size == 0 or array.dtype.kind not in "iu":
            raise ConfigError(
                f"Codes must be integers of shape (batch, quantizers, frames), not {array.dtype} "
                f"of shape {array.shape}."
            )
        check_quantizers(self.architecture, array.shape[1])
        if array.min() < 0 or array.max() >= size:
            raise ConfigError(
                f"Codes must be between 0 and {size - 1}; these reach from {array.min()} to "
                f"{array.max()}."
            )
        return np.asarray(self._waveforms_of(jnp.asarray(array, jnp.int32)))

    def round_trip(self, samples: ArrayLike, quantizers: int | None = None) -> np.ndarray:
        """Map float32 (batch, samples) to what the codec makes of them, in the same shape.

        At least one frame of zeros follows the samples, up to a multiple of about half a second,
        so that clips of many lengths share a few compiled programs. What the codec computes near
        the end is therefore what it computes before silence.
        """
        count = self._count(quantizers)
        array = checked(samples)
        hop = self.architecture.hop
        long = filled(array, least=hop, multiple=hop * math.ceil(self.rate / 2 / hop))
        waveforms = np.asarray(self._waveforms_of(self._codes_of(long, count)))
        return waveforms[:, : array.shape[1]]

    def _count(self, quantizers: int | None) -> int:
        if quantizers is None:
            return self.architecture.quantizers
        return check_quantizers(self.architecture, quantizers)

    def _codes_of(self, samples: np.ndarray, quantizers: int) -> jax.Array:
        latents = _encode(self.architecture, self.weights, samples)
        return _quantise(self.architecture, self.weights, latents, quantizers)

    def _waveforms_of(self, codes: jax.Array) -> jax.Array:
        latents = _dequantise(self.architecture, self.weights, codes)
        return _decode(self.architecture, self.weights, latents)


def check_quantizers(architecture: CodecArchitecture, quantizers: int) -> int:
    """Return the number of quantisers. Raises ConfigError if the codec cannot use so many."""
    most, fewest = architecture.quantizers, architecture.fewest_quantizers
    if not fewest <= quantizers <= most:
        raise ConfigError(
            f"quantizers={quantizers}: this {type(architecture).__name__} can use {fewest} to "
            f"{most}."
        )
    return quantizers


def open_codec(weights: str | Path) -> Codec:
    """Return the codec whose published files are in a folder, or next to a file of weights.

    `weights` is a path or a name of the registry. Raises RegistryError, TensorError and
    ConfigError where the files are missing, damaged, or of something else than a codec.
    """
    return Codec(*opened(weights, KINDS))


# An architecture can be hashed: a program is compiled once for each one and each shape.


@functools.partial(jax.jit, static_argnums=0)
def _encode(architecture, weights, samples):
    return architecture.encode(weights, samples)


@functools.partial(jax.jit, static_argnums=(0, 3))
def _quantise(architecture, weights, latents, quantizers):
    return architecture.quantise(weights, latents, quantizers)


@functools.partial(jax.jit, static_argnums=0)
def _dequantise(architecture, weights, codes):
    return architecture.dequantise(weights, codes)


@functools.partial(jax.jit, static_argnums=0)
def _decode(architecture, weights, latents):
    return architecture.decode(weights, latents)
