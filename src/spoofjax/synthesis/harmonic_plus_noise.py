"""The harmonic plus noise model: multiples of the pitch below a frequency, noise above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check, drawn_seed
from spoofjax.synthesis.tables import pitch_correlations

HOP = 128


@dataclass(frozen=True)
class HarmonicPlusNoise(WaveformAttack):
    """Keeps magnitudes at multiples of the pitch, and those of noise above a frequency.

    Stylianou, "Applying the harmonic plus noise model in concatenative speech synthesis", IEEE
    Transactions on Speech and Audio Processing 9(1), 2001. The highest voiced frequency is fixed
    here. Harmonics have the phases of one pulse a period, not those of the parent.
    """

    voiced_hz: float = 4000.0
    """Voiced frames are harmonic below this frequency; unvoiced frames are noise."""

    def __post_init__(self) -> None:
        check(self, "voiced_hz", 500, RATE / 2)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        from spoofjax.synthesis._attacks import harmonics

        seed = drawn_seed(generator)
        return harmonics(samples, seed, HOP, self.voiced_hz, pitch_correlations())
