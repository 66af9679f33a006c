"""Griffin-Lim: the phases are thrown away and found again from the magnitudes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import WaveformAttack, check
from spoofjax.synthesis.envelopes import through_mel
from spoofjax.synthesis.spectra import random_phases, spectra_of, waveform_of

SIZE, HOP = 512, 128


@dataclass(frozen=True)
class GriffinLim(WaveformAttack):
    """Keeps magnitudes of 32-ms spectra and estimates phases from a random start.

    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
    Transactions on Acoustics, Speech, and Signal Processing 32(2), 1984; with the momentum of
    Perraudin, Balazs and Søndergaard, "A fast Griffin-Lim algorithm", WASPAA 2013. Early neural
    text-to-speech ended with it.
    """

    scale: Literal["linear", "mel"] = "linear"
    """Whether the magnitudes are kept as they are, or only what mel bands tell of them."""
    bands: int = 80
    """Mel bands."""
    iterations: int = 32
    momentum: float = 0.99
    """0 is the original algorithm."""

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "mel"):
            raise ConfigError(f"GriffinLim: scale={self.scale!r} must be 'linear' or 'mel'.")
        check(self, "bands", 8, 256)
        check(self, "iterations", 1, 1000)
        check(self, "momentum", 0, 1)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        magnitudes = np.abs(spectra_of(samples, SIZE, HOP))
        if self.scale == "mel":
            magnitudes = through_mel(magnitudes, self.bands)
        estimate = magnitudes * random_phases(magnitudes.shape, generator)
        earlier = np.zeros_like(estimate)
        for _ in range(self.iterations):
            consistent = spectra_of(waveform_of(estimate, HOP, len(samples)), SIZE, HOP)
            estimate = consistent + np.float32(self.momentum) * (consistent - earlier)
            estimate *= magnitudes / np.maximum(np.abs(estimate), 1e-12)
            earlier = consistent
        return waveform_of(estimate, HOP, len(samples))
