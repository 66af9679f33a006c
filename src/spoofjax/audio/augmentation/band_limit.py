"""A channel that passes only some frequencies, as a telephone does."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch, check_probabilities, check_ranges
from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Augmentation

PARAMETERS = 16
"""Tag of the stream that a seed gives."""
TAPS_SECONDS = 0.016
"""Length of the filter: its flanks are some 200 Hz wide."""


@dataclass(frozen=True)
class BandLimit(Augmentation):
    """A band-pass with drawn edges, a symmetric FIR filter, so that nothing is delayed.

    By default the edges lie between those of narrow-band telephony (300 to 3,400 Hz) and of 16 kHz.
    """

    low_hz: tuple[float, float] = (0.0, 300.0)
    """Range of the lower edge in Hz, where 6 dB are lost, uniform."""
    high_hz: tuple[float, float] = (3400.0, 8000.0)
    """Range of the upper edge in Hz, uniform; an edge from half the rate on removes nothing."""
    probability: float = 1.0
    """Share of the clips that are limited."""

    def __post_init__(self) -> None:
        check_ranges(self, "low_hz", "high_hz", least=0.0)
        check_probabilities(self, "probability")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip within the band that its uint64 seed draws."""
        from scipy.fft import next_fast_len

        waveforms, seeds = check_batch(waveforms, seeds)
        half, samples = round(TAPS_SECONDS * rate / 2), waveforms.shape[1]
        size = next_fast_len(samples + 2 * half, real=True)
        limited = waveforms.copy()
        for clip, draw in zip(limited, uniforms(stream(seeds, PARAMETERS), 3), strict=True):
            if draw[0] < self.probability:
                low = self.low_hz[0] + (self.low_hz[1] - self.low_hz[0]) * draw[1]
                high = self.high_hz[0] + (self.high_hz[1] - self.high_hz[0]) * draw[2]
                taps = band_pass(low / rate, high / rate, half)
                spectrum = np.fft.rfft(clip, size) * np.fft.rfft(taps, size)
                clip[:] = np.fft.irfft(spectrum, size)[half : half + samples]
        return limited


def band_pass(low: float, high: float, half: int) -> np.ndarray:
    """Return float32 (2 half + 1,): a Hamming-windowed band-pass with edges as shares of the rate.

    A lower edge of 0 or less, or an upper one of 0.5 or more, passes all on that side.
    """
    times = np.arange(-half, half + 1)
    upper = 2 * high * np.sinc(2 * high * times) if high < 0.5 else (times == 0).astype(float)
    lower = 2 * low * np.sinc(2 * low * times)
    return ((upper - lower) * np.hamming(2 * half + 1)).astype(np.float32)
