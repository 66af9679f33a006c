"""Voice conversion by warping the spectral envelope and shifting the pitch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import WaveformAttack, check
from spoofjax.synthesis.envelopes import mel_cepstra, series_logs
from spoofjax.synthesis.spectra import spectra_of, unit_phasors, waveform_of

SIZE, HOP, SHIFTING_HOP = 512, 256, 128
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
        direction = 1 if generator.random() < 0.5 else -1
        warp = generator.uniform(*self.warp) ** direction
        pitch = 2 ** (direction * generator.uniform(*self.semitones) / 12)
        # The phases that the shift follows need frames that lie closer together.
        hop = HOP if pitch == 1 else SHIFTING_HOP
        spectra = spectra_of(samples, SIZE, hop)
        cepstra = mel_cepstra(np.abs(spectra), ORDER)
        before, after = (series_logs(spectra.shape[1], ORDER, factor) for factor in (1.0, warp))
        if pitch == 1:
            spectra *= np.exp(cepstra @ (after - before))
        else:
            spectra = _shifted(spectra * np.exp(cepstra @ -before), pitch)
            spectra *= np.exp(cepstra @ after)
        return waveform_of(spectra, hop, len(samples))


def _shifted(spectra: np.ndarray, factor: float) -> np.ndarray:
    """Return spectra (frames, bins) whose sinusoids have `factor` times their frequencies.

    The frequency in a bin follows from the change of its phase between frames. It is multiplied and
    its phase accumulated in the bin where it then lies.
    """
    bins = spectra.shape[1]
    expected = 2 * np.pi * SHIFTING_HOP / SIZE * np.arange(bins)
    phases = np.angle(spectra)
    change = np.diff(phases, axis=0, prepend=phases[:1]) - expected
    change -= 2 * np.pi * np.rint(change / (2 * np.pi))
    # The content of bin k comes from bin k / factor. Beyond the last one the spectrum is mirrored,
    # so that a lower pitch leaves no band empty.
    sources = np.rint(np.arange(bins) / factor).astype(np.int64)
    sources = np.minimum(sources, 2 * (bins - 1) - sources)
    steps = ((expected + change)[:, sources] * factor) % (2 * np.pi)
    turns = unit_phasors((np.cumsum(steps, axis=0) % (2 * np.pi)).astype(np.float32))
    return np.abs(spectra)[:, sources] * turns
