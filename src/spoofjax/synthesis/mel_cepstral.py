"""A vocoder of mel cepstra, driven by the low band of the residual, pulses and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.synthesis.attack import RATE, WaveformAttack, check
from spoofjax.synthesis.envelopes import mel_cepstra, minimum_phase, series_logs
from spoofjax.synthesis.pitch import excitation, track_pitch
from spoofjax.synthesis.spectra import spectra_of, waveform_of

SIZE, HOP = 512, 256


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
        spectra = spectra_of(samples, SIZE, HOP)
        cepstra = mel_cepstra(np.abs(spectra), self.order)
        filters = minimum_phase(cepstra @ series_logs(spectra.shape[1], self.order))
        source = excitation(track_pitch(samples, HOP), HOP, len(samples), generator)
        # The filters hold the mean logarithm of frames, so that of the frames of the source becomes
        # 0: the power of a Hann-windowed frame, and Euler's constant for normal spectra.
        scale = (SIZE * 3 / 8) ** -0.5 * np.exp(np.euler_gamma / 2)
        copies = spectra_of(source, SIZE, HOP) * filters * np.float32(scale)
        # The residual is the parent through the inverse filter: filtered again, it is the parent.
        low = int(self.residual_hz * SIZE / RATE)
        copies[:, :low] = spectra[:, :low]
        return waveform_of(copies, HOP, len(samples))
