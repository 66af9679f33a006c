"""Random phases: the spectrum of a frame stays, its fine structure in time does not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check, drawn_seed
from spoofjax.synthesis.tables import SIZE

HOP = 256


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
        from spoofjax.synthesis._attacks import randomise_phases

        first = int(self.above_hz * SIZE / RATE)
        return randomise_phases(samples, drawn_seed(generator), HOP, self.amount / 2, first)
