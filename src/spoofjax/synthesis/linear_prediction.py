"""A vocoder of linear prediction: an all-pole filter driven by pulses or noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import WaveformAttack, check, drawn_seed
from spoofjax.synthesis.tables import pitch_correlations, prediction

HOP = 256


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
        from spoofjax.synthesis._attacks import predict

        tables = prediction(self.order), pitch_correlations()
        return predict(samples, drawn_seed(generator), HOP, self.order, *tables)
