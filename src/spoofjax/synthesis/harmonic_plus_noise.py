"""The harmonic plus noise model: multiples of the pitch below a frequency, noise above it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check
from spoofjax.synthesis.pitch import Pitch, cycles_at_centres, track_pitch
from spoofjax.synthesis.sinusoids import sum_of_sinusoids
from spoofjax.synthesis.spectra import random_phases, spectra_of, unit_phasors, waveform_of

SIZE, HOP = 512, 128


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
        spectra = np.abs(spectra_of(samples, SIZE, HOP))
        pitch = track_pitch(samples, HOP)
        # Frames of independent phases overlap four times, which halves their amplitude.
        noise = 2 * spectra * random_phases(spectra.shape, generator)
        noise[pitch.is_voiced, : int(self.voiced_hz * SIZE / RATE)] = 0
        return waveform_of(noise, HOP, len(samples)) + self._harmonics(spectra, pitch, samples)

    def _harmonics(self, magnitudes: np.ndarray, pitch: Pitch, samples: np.ndarray) -> np.ndarray:
        count = max(int(self.voiced_hz / pitch.f0[pitch.is_voiced].min(initial=RATE)), 1)
        frequencies = pitch.f0[:, None] * np.arange(1, count + 1, dtype=np.float32)
        amplitudes = _at(magnitudes, frequencies * np.float32(SIZE / RATE)) / np.float32(SIZE / 4)
        amplitudes[(frequencies > self.voiced_hz) | ~pitch.is_voiced[:, None]] = 0
        phases = np.outer(cycles_at_centres(pitch, HOP), np.arange(1, count + 1)) % 1
        turns = unit_phasors((2 * np.pi * phases).astype(np.float32))
        return sum_of_sinusoids(frequencies, amplitudes * turns, HOP, len(samples))


def _at(magnitudes: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return magnitudes (frames, bins) at fractional bins, (frames, places), by interpolation."""
    places = np.minimum(places, magnitudes.shape[1] - 1.001)
    below = places.astype(np.int64)
    share = places - below
    low = np.take_along_axis(magnitudes, below, axis=1)
    high = np.take_along_axis(magnitudes, below + 1, axis=1)
    return low + share * (high - low)
