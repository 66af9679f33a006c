"""A vocoder of mel cepstra, driven by the low band of the residual, pulses and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check, drawn_seed
from spoofjax.synthesis.tables import SIZE, mel_analysis, mel_synthesis, pitch_correlations

HOP = 256


@dataclass(frozen=True)
class MelCepstral(WaveformAttack):
    """Keeps a mel-cepstral envelope, a pitch track and the low band of the residual.

    The envelope is that of Imai, "Cepstral analysis synthesis on the mel frequency scale", ICASSP
    1983. A residual whose high band is made anew is the idea of Un and Magill, "The
    residual-excited linear prediction vocoder with transmission rate below 9.6 kbits/s", IEEE
    Transactions on Communications 23(12), 1975.
    """

    order: int = 24
    """Mel cepstra beside the zeroth."""
    residual_hz: float = 0.0
    """Below this frequency the excitation is the residual of the parent; 0: nowhere."""

    def __post_init__(self) -> None:
        check(self, "order", 2, 64)
        check(self, "residual_hz", 0, RATE / 2)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        from spoofjax.synthesis._attacks import mel_cepstral

        tables = (mel_analysis(self.order), *mel_synthesis(self.order))
        first = int(self.residual_hz * SIZE / RATE)
        seed = drawn_seed(generator)
        return mel_cepstral(samples, seed, HOP, self.order, tables, pitch_correlations(), first)
