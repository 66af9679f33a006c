"""The sinusoidal model: the strongest peaks of each spectrum, and nothing between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check
from spoofjax.synthesis.sinusoids import sum_of_sinusoids
from spoofjax.synthesis.spectra import pre_emphasis, spectra_of

SIZE, HOP = 512, 128


@dataclass(frozen=True)
class Sinusoidal(WaveformAttack):
    """Keeps frequency, amplitude and phase of the strongest peaks of 32-ms spectra.

    McAulay and Quatieri, "Speech analysis/synthesis based on a sinusoidal representation", IEEE
    Transactions on Acoustics, Speech, and Signal Processing 34(4), 1986. Frames are overlapped and
    added here, so that peaks need not be joined to tracks.
    """

    peaks: int = 50
    """Sinusoids in a frame: the strongest after half a pre-emphasis in dB."""

    def __post_init__(self) -> None:
        check(self, "peaks", 1, 128)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        spectra = spectra_of(samples, SIZE, HOP)
        spectra[:, 1::2] *= -1  # phases at the centre of a frame in the place of its start
        magnitudes = np.abs(spectra)
        inner = magnitudes[:, 1:-1]
        is_peak = (inner > magnitudes[:, :-2]) & (inner >= magnitudes[:, 2:])
        # Otherwise hardly any peak above 4 kHz would be among the strongest.
        weights = np.sqrt(np.abs(pre_emphasis(spectra.shape[1])))
        ranks = np.where(is_peak, inner * weights[1:-1], 0)
        places = np.argpartition(ranks, -self.peaks, axis=1)[:, -self.peaks :] + 1
        before, peak, after = (
            np.take_along_axis(magnitudes, places + step, axis=1) for step in (-1, 0, 1)
        )
        # A parabola through the logarithms; the main lobe of a Hann window is nearly one.
        logs = [np.log(np.maximum(values, 1e-12)) for values in (before, peak, after)]
        curvature = np.minimum(logs[0] - 2 * logs[1] + logs[2], -1e-6)
        shift = np.clip((logs[0] - logs[2]) / (2 * curvature), -0.5, 0.5)
        height = np.exp(-0.25 * (logs[0] - logs[2]) * shift)
        amplitudes = np.take_along_axis(spectra, places, axis=1) * (height / np.float32(SIZE / 4))
        amplitudes[np.take_along_axis(ranks, places - 1, axis=1) == 0] = 0
        frequencies = (places + shift).astype(np.float32) * np.float32(RATE / SIZE)
        return sum_of_sinusoids(frequencies, amplitudes, HOP, len(samples))
