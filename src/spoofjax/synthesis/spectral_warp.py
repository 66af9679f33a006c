"""Voice conversion by warping the spectral envelope and shifting the pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import WaveformAttack, check
from spoofjax.synthesis.tables import BINS, mel_analysis, mel_synthesis, warped_logs

HOP, SHIFTING_HOP = 256, 128
ORDER = 24


@dataclass(frozen=True)
class SpectralWarp(WaveformAttack):
    """Stretches the envelope along frequency, as another vocal tract would, and shifts the pitch.

    Sündermann and Ney, "VTLN-based voice conversion", ISSPIT 2003. The envelope is mel-cepstral.
    The pitch is shifted bin by bin in the short-time spectrum, as in Laroche and Dolson, "New
    phase-vocoder techniques for pitch-shifting, harmonizing and other exotic effects", WASPAA 1999.
    """

    warp: tuple[float, float] = (1.06, 1.25)
    """Range of the factor on frequencies of the envelope; half of the copies get its inverse."""
    semitones: tuple[float, float] = (0.0, 0.0)
    """Range of the pitch shift, in the direction of the warp; (0, 0) keeps the pitch."""

    def __post_init__(self) -> None:
        check(self, "warp", 1, 2)
        check(self, "semitones", 0, 12)
        if self.warp[0] > self.warp[1] or self.semitones[0] > self.semitones[1]:
            raise ConfigError("SpectralWarp: the first number of a range must not be the larger.")

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        from spoofjax.synthesis._attacks import warp

        direction = 1 if generator.random() < 0.5 else -1
        factor = generator.uniform(*self.warp) ** direction
        pitch = 2 ** (direction * generator.uniform(*self.semitones) / 12)
        before, after = -mel_synthesis(ORDER)[0], warped_logs(ORDER, factor)
        if pitch == 1:
            return warp(
                samples, HOP, ORDER, mel_analysis(ORDER), before, before + after, 1.0, _sources(1.0)
            )
        # The phases that the shift follows need frames that lie closer together.
        return warp(
            samples, SHIFTING_HOP, ORDER, mel_analysis(ORDER), before, after, pitch, _sources(pitch)
        )


def _sources(pitch: float) -> np.ndarray:
    """Return int32 (BINS,): the bin whose content moves to each bin.

    Beyond the last one the spectrum is mirrored, so that a lower pitch leaves no band empty.
    """
    sources = np.rint(np.arange(BINS) / pitch).astype(np.int32)
    return np.minimum(sources, 2 * (BINS - 1) - sources)
