"""Coloured noise at a signal-to-noise ratio."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.channel import ChannelVariation
from spoofjax.audio.augmentation.checks import check_ranges
from spoofjax.config import Augmentation


@dataclass(frozen=True)
class NoiseAt(Augmentation):
    """Adds Gaussian noise with an amplitude spectrum of f^slope (white below 100 Hz)."""

    snr_db: tuple[float, float] = (15.0, 45.0)
    """Range of the signal-to-noise ratio in dB over a clip, uniform; silence stays silent."""
    slope: tuple[float, float] = (-1.0, 0.2)
    """Range of the slope, uniform: 0 is white, -1 brown."""

    def __post_init__(self) -> None:
        check_ranges(self, "snr_db", "slope")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip with the noise that its uint64 seed draws."""
        noise = ChannelVariation(
            equalise=0, noise=1, low_pass=0, snr_db=self.snr_db, slope=self.slope
        )
        return noise(waveforms, seeds, rate, threads=threads)
