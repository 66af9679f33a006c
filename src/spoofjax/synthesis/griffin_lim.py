"""Griffin-Lim: the phases are thrown away and found again from the magnitudes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import WaveformAttack, check, drawn_seed
from spoofjax.synthesis.tables import mel_weights

HOP = 128


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
    iterations: int = 4
    """4 take some 0.8 ms for a clip of 1.5 s; 16 come as near to the magnitudes as 50 of the
    original algorithm."""
    momentum: float = 0.99
    """0 is the original algorithm."""

    def __post_init__(self) -> None:
        if self.scale not in ("linear", "mel"):
            raise ConfigError(f"GriffinLim: scale={self.scale!r} must be 'linear' or 'mel'.")
        check(self, "bands", 8, 256)
        check(self, "iterations", 1, 1000)
        check(self, "momentum", 0, 1)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        from spoofjax.synthesis._attacks import griffin_lim

        mel = mel_weights(self.bands) if self.scale == "mel" else (None, None)
        seed = drawn_seed(generator)
        return griffin_lim(samples, seed, HOP, self.iterations, self.momentum, *mel)
