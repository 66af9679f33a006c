"""A vocoder of linear prediction: an all-pole filter driven by pulses or noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import WaveformAttack, check
from spoofjax.synthesis.envelopes import all_pole_filters
from spoofjax.synthesis.pitch import excitation, track_pitch
from spoofjax.synthesis.spectra import spectra_of, waveform_of

SIZE, HOP = 512, 256


@dataclass(frozen=True)
class LinearPrediction(WaveformAttack):
    """Keeps an all-pole envelope and a pitch track; the excitation is new.

    Atal and Hanauer, "Speech analysis and synthesis by linear prediction of the speech wave",
    Journal of the Acoustical Society of America 50(2), 1971.
    """

    order: int = 20
    """Poles of the filter."""

    def __post_init__(self) -> None:
        check(self, "order", 2, 64)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        filters = all_pole_filters(spectra_of(samples, SIZE, HOP), self.order)
        source = excitation(track_pitch(samples, HOP), HOP, len(samples), generator)
        return waveform_of(spectra_of(source, SIZE, HOP) * filters, HOP, len(samples))
