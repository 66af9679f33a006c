"""The log-mel spectra that published vocoders were trained on."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.errors import AudioError
from spoofjax.features.tables import mel_filters


@dataclass(frozen=True)
class Mel:
    """log of max(floor, F sqrt(|X|^2 + added)) for spectra X and filters F on Slaney's scale.

    It computes in float64, as the published extractors do, because a logarithm magnifies the
    errors of quiet bands.
    """

    rate: int
    bands: int
    hop: int
    window: int
    """Samples of a periodic Hann window, which is also the size of the transform."""
    low: float
    high: float
    """In Hz."""
    floor: float
    ends: int
    """Samples that are reflected at each end."""
    log: float = math.e
    """The base of the logarithm."""
    added: float = 0.0

    def __call__(self, samples: np.ndarray) -> np.ndarray:
        """Map float32 (batch, samples) to float32 (batch, frames, bands).

        Raises AudioError for clips that are too short for one frame.
        """
        if samples.shape[1] + 2 * self.ends < self.window:
            raise AudioError(
                f"Clips of {samples.shape[1]} samples are too short: the vocoder needs at least "
                f"{self.window - 2 * self.ends}."
            )
        extended = np.pad(samples, ((0, 0), (self.ends, self.ends)), mode="reflect")
        frames = np.lib.stride_tricks.sliding_window_view(extended, self.window, axis=1)
        steps = np.arange(self.window)
        window = 0.5 - 0.5 * np.cos(2 * np.pi * steps / self.window)
        spectra = np.fft.rfft(frames[:, :: self.hop] * window).astype(np.complex64)
        power = np.square(np.abs(spectra).astype(np.float64))
        filters = mel_filters(self.bands, self.low, self.high, self.window, self.rate, "slaney")
        bands = np.maximum(self.floor, np.sqrt(power + self.added) @ filters.T)
        return (np.log(bands) / math.log(self.log)).astype(np.float32)
