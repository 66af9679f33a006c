"""Copies with the average spectrum and the noise of their parents, so that these tell nothing."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from spoofjax.config import Attack
from spoofjax.synthesis.attack import WaveformAttack
from spoofjax.synthesis.phase_randomisation import PhaseRandomisation

SIZE, HOP = 512, 128
WINDOW = np.hanning(SIZE + 1)[:-1]
QUIET_SHARE = 0.1
"""Share of the frames that are taken for pauses, the quietest."""
MOST_GAIN = 1000.0
"""Largest factor on powers, 30 dB: what is missing from a copy cannot be amplified into being."""
SMOOTHING = 5
"""Bins over which average spectra are smoothed, 156 Hz, so that harmonics stay what they are."""


@dataclass(frozen=True)
class Matched(WaveformAttack):
    """Another attack, whose copies then get the average spectrum and the noise of their parents.

    A vocoder that was trained on another channel leaves copies that end at another frequency, or
    whose pauses are silent. A detector learns that instead of the attack. The copy is filtered to
    the average spectrum of its parent, by up to 30 dB, and gets noise with the spectrum of the
    parent's pauses where its own are quieter.
    """

    attack: Attack = field(default_factory=PhaseRandomisation)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        return matched(self.attack(samples, generator), samples, generator)


def matched(copy: np.ndarray, parent: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Return float32 (samples,): `copy` with average spectrum and noise of `parent`, as long."""
    spectra = _spectra(copy)
    powers = np.square(np.abs(spectra))
    average, noise = _average(powers), _noise(powers)
    parent_powers = np.square(np.abs(_spectra(parent)))
    wanted, wanted_noise = _average(parent_powers), _noise(parent_powers)
    gain = np.minimum(wanted / average, MOST_GAIN)
    added = np.maximum(wanted_noise - gain * noise, 0)
    gain = np.clip((wanted - added) / average, 0, MOST_GAIN)
    white = _spectra(generator.standard_normal(len(copy), np.float32))
    shape = np.sqrt(added / np.square(WINDOW).sum())
    return _waveform(spectra * np.sqrt(gain) + white * shape, len(copy))


def _average(powers: np.ndarray) -> np.ndarray:
    return _smooth(powers.mean(axis=0))


def _noise(powers: np.ndarray) -> np.ndarray:
    """Return the mean power in each bin (bins,) of the quietest frames."""
    inside = powers[SIZE // HOP : -SIZE // HOP]  # the others reach beyond the clip
    if not len(inside):
        return np.zeros(powers.shape[1])
    order = np.argsort(inside.sum(axis=1), kind="stable")
    quietest = inside[order[: max(round(QUIET_SHARE * len(order)), 1)]]
    return np.minimum(_average(quietest), _average(powers))


def _smooth(powers: np.ndarray) -> np.ndarray:
    padded = np.pad(powers, SMOOTHING // 2, mode="reflect")
    return np.convolve(padded, np.full(SMOOTHING, 1 / SMOOTHING), "valid") + 1e-20


def _spectra(samples: np.ndarray) -> np.ndarray:
    """Return complex (frames, bins) of all frames that touch the samples."""
    padded = np.pad(samples.astype(np.float32), (SIZE, SIZE + -len(samples) % HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, SIZE)[::HOP]
    return np.fft.rfft(frames * WINDOW)


def _waveform(spectra: np.ndarray, samples: int) -> np.ndarray:
    """Return the samples nearest to these spectra, by overlapping frames with their window."""
    frames = np.fft.irfft(spectra, SIZE) * WINDOW
    total = np.zeros(len(frames) * HOP + SIZE)
    for part in range(SIZE // HOP):
        piece = frames[:, part * HOP : (part + 1) * HOP].reshape(-1)
        total[part * HOP : part * HOP + len(piece)] += piece
    scale = np.square(WINDOW).reshape(-1, HOP).sum(axis=0).mean()
    return (total[SIZE : SIZE + samples] / scale).astype(np.float32)
