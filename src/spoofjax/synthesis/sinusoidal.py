"""The sinusoidal model: the strongest peaks of each spectrum, and nothing between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import WaveformAttack, check
from spoofjax.synthesis.tables import peak_weights

HOP = 128


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
        from spoofjax.synthesis._attacks import peaks

        return peaks(samples, HOP, self.peaks, peak_weights())
