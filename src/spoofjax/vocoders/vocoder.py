"""A vocoder with its weights, run on the device."""

from __future__ import annotations

import functools
import math
from pathlib import Path

import jax
import numpy as np
from jax.typing import ArrayLike

from spoofjax.errors import ConfigError
from spoofjax.vocoders.architecture import VocoderArchitecture
from spoofjax.vocoders.hifi_gan import HiFiGAN
from spoofjax.vocoders.opening import opened
from spoofjax.vocoders.samples import checked, filled
from spoofjax.vocoders.univnet import UnivNet

KINDS = (HiFiGAN, UnivNet)


class Vocoder:
    """Waveforms to log-mel spectra and back, in programs that are compiled once for each shape."""

    def __init__(self, architecture: VocoderArchitecture, weights: dict[str, jax.Array]):
        self.architecture = architecture
        self.weights = weights

    @property
    def rate(self) -> int:
        """Samples a second of the waveforms."""
        return self.architecture.sampling_rate

    def mel(self, samples: ArrayLike) -> np.ndarray:
        """Map float32 (batch, samples) to log-mel frames, float32 (batch, frames, bands).

        Raises AudioError for samples of another shape, not finite, or too few for a frame.
        """
        return self.architecture.mel(checked(samples))

    def decode(self, mel: ArrayLike, noise: ArrayLike | None = None) -> np.ndarray:
        """Map log-mel frames (batch, frames, bands) to float32 (batch, frames times hop).

        `noise` is float32 (batch, frames, channels), standard normal, for vocoders that start
        from noise. Raises ConfigError where an array has another shape.
        """
        frames = np.asarray(mel, np.float32)
        bands, channels = self.architecture.mel.bands, self.architecture.noise_channels
        if frames.ndim != 3 or frames.size == 0 or frames.shape[2] != bands:
            raise ConfigError(f"Mel must be (batch, frames, {bands}), not {frames.shape}.")
        start = None if noise is None else np.asarray(noise, np.float32)
        expected = (*frames.shape[:2], channels) if channels else None
        actual = None if start is None else start.shape
        if actual != expected:
            raise ConfigError(f"Noise must be {expected} for this mel, not {actual}.")
        return np.asarray(_decode(self.architecture, self.weights, frames, start))

    def copy(self, samples: ArrayLike, seed: int = 0) -> np.ndarray:
        """Map float32 (batch, samples) to what the vocoder makes of their mel, in the same shape.

        This is copy synthesis. The samples are filled with zeros as `Codec.round_trip` does it.
        `seed` draws the noise of vocoders that start from noise.
        """
        array = checked(samples)
        hop = self.architecture.hop
        long = filled(array, least=hop, multiple=hop * math.ceil(self.rate / 2 / hop))
        mel = self.architecture.mel(long)
        noise = None
        if channels := self.architecture.noise_channels:
            generator = np.random.default_rng(seed)
            noise = generator.standard_normal((*mel.shape[:2], channels), np.float32)
        return self.decode(mel, noise)[:, : array.shape[1]]


def open_vocoder(weights: str | Path) -> Vocoder:
    """Return the vocoder whose published files are in a folder, or next to a file of weights.

    `weights` is a path or a name of the registry. Raises RegistryError, TensorError and
    ConfigError where the files are missing, damaged, or of something else than a vocoder.
    """
    return Vocoder(*opened(weights, KINDS))


@functools.partial(jax.jit, static_argnums=0)
def _decode(architecture, weights, mel, noise):
    return architecture.decode(weights, mel, noise)
