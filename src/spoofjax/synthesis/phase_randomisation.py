"""Random phases: the spectrum of a frame stays, its fine structure in time does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check
from spoofjax.synthesis.spectra import spectra_of, unit_phasors, waveform_of

SIZE, HOP = 512, 256


@dataclass(frozen=True)
class PhaseRandomisation(WaveformAttack):
    """Turns the phases of 32-ms spectra by random angles.

    The listening tests of Paliwal and Alsteris use such stimuli: "On the usefulness of STFT phase
    spectrum in human listening tests", Speech Communication 45(2), 2005.
    """

    amount: float = 0.5
    """The largest angle as a share of half a turn; 1 leaves nothing of the phases."""
    above_hz: float = 0.0
    """Phases below this frequency stay."""

    def __post_init__(self) -> None:
        check(self, "amount", 0, 1)
        check(self, "above_hz", 0, RATE / 2)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        spectra = spectra_of(samples, SIZE, HOP)
        first = int(self.above_hz * SIZE / RATE)
        turns = generator.random(spectra[:, first:].shape, np.float32) * 2 - 1
        spectra[:, first:] *= unit_phasors(turns * np.float32(np.pi * self.amount))
        return waveform_of(spectra, HOP, len(samples))
