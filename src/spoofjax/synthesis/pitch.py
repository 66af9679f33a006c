"""The fundamental frequency of speech, and an excitation that follows it."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from spoofjax.synthesis.attack import RATE
from spoofjax.synthesis.spectra import frame_count, frames_of, hann, irfft, power, rfft

LOWEST_HZ, HIGHEST_HZ = 60, 400
DECIMATION = 4
"""Periods are measured at 4 kHz."""
BAND_HZ = (50, 1000)
"""The harmonics in this band tell the period; a correlation without higher ones has broad peaks."""
WINDOW = 192
"""Samples at 4 kHz: 48 ms, almost three periods of the lowest pitch."""
LAGS = RATE // DECIMATION // LOWEST_HZ + 4
"""Lags of the autocorrelation, from 0 to a little beyond the longest period."""
TRANSFORM = 288
"""Points of its Fourier transforms: a fast number that holds window and lags."""
LEAST_PERIODICITY = 0.45
"""Frames with a lower normalised autocorrelation at their period are unvoiced."""
LEAST_LEVEL = 0.03
"""So are those whose RMS is a smaller share of that of the loudest frame."""
OCTAVE_COST = 0.05
"""What a period loses against half of it, so that two periods are not taken for one."""


class Pitch(NamedTuple):
    """A pitch track; frame k is centred at sample k * hop."""

    f0: np.ndarray
    """float32 (frames,) in Hz; unvoiced frames have the interpolated f0 of their neighbours."""
    is_voiced: np.ndarray
    """bool (frames,)."""


def track_pitch(samples: np.ndarray, hop: int) -> Pitch:
    """Return the pitch of a waveform at 16 kHz; `hop` is a multiple of 4 samples.

    The autocorrelation of each windowed frame is divided by that of its window: Boersma, "Accurate
    short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
    sound", Proceedings of the Institute of Phonetic Sciences 17, Amsterdam, 1993. In the place of
    its path search, each value becomes the median of five frames.
    """
    correlation, level = _correlations(samples, hop)
    rate = RATE // DECIMATION
    lags, heights = _peaks(correlation, rate // HIGHEST_HZ, rate // LOWEST_HZ)
    costs = np.float32(OCTAVE_COST) * np.log2(lags)
    rows = np.arange(len(lags))
    best = np.argmax(heights - costs, axis=1)
    f0, periodicity = rate / lags[rows, best], heights[rows, best]
    is_loud = level > LEAST_LEVEL * level.max(initial=0)
    is_periodic = (periodicity > LEAST_PERIODICITY) & is_loud
    padded = np.pad(np.where(is_periodic, f0, 0), 2)
    smooth = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    is_voiced = smooth > 0
    if not is_voiced.any():
        return Pitch(np.full(len(f0), 100, np.float32), is_voiced)
    f0 = np.interp(rows, rows[is_voiced], smooth[is_voiced])
    return Pitch(f0.astype(np.float32), is_voiced)


def _peaks(correlation: np.ndarray, shortest: int, longest: int) -> tuple[np.ndarray, np.ndarray]:
    """Return places and heights of the maxima near each lag of shortest .. longest.

    Both are float32 (frames, lags), by a parabola through three values, because a period is rarely
    a whole number of samples. Lags without a maximum have the height -1.
    """
    before, middle, after = (
        correlation[:, shortest + step : longest + 1 + step] for step in (-1, 0, 1)
    )
    curvature = np.minimum(before - 2 * middle + after, np.float32(-1e-6))
    shift = (before - after) / (2 * curvature)
    is_peak = (middle >= before) & (middle >= after)
    heights = np.where(is_peak, middle - (before - after) * shift / 4, np.float32(-1))
    lags = np.arange(shortest, longest + 1, dtype=np.float32)
    return lags + np.clip(shift, -0.5, 0.5), heights


def _correlations(samples: np.ndarray, hop: int) -> tuple[np.ndarray, np.ndarray]:
    """Return each frame's normalised autocorrelation (frames, LAGS) at 4 kHz, and its RMS."""
    count = frame_count(len(samples), hop)
    frames = frames_of(_decimated(samples), WINDOW, hop // DECIMATION)[:count] * hann(WINDOW)
    correlation = _autocorrelation(frames)
    energy = np.maximum(correlation[:, :1], np.float32(1e-12))
    return correlation * (_of_window() / energy), np.sqrt(energy[:, 0])


@lru_cache(maxsize=1)
def _of_window() -> np.ndarray:
    """Return what turns the autocorrelation of a windowed frame into that of the signal."""
    own = _autocorrelation(hann(WINDOW)[None])
    return (own[0, 0] / own).astype(np.float32)


def _autocorrelation(frames: np.ndarray) -> np.ndarray:
    """Return float32 (frames, LAGS) of (frames, WINDOW)."""
    return irfft(power(rfft(frames, TRANSFORM)), TRANSFORM)[:, :LAGS]


def _decimated(samples: np.ndarray) -> np.ndarray:
    """Return the waveform of BAND_HZ at 4 kHz, float32."""
    import scipy.fft

    least = -(-len(samples) // (2 * DECIMATION))
    length = 2 * DECIMATION * (scipy.fft.next_fast_len(least, True) or least)
    spectrum = rfft(samples, length)[: length // (2 * DECIMATION) + 1]
    spectrum[: BAND_HZ[0] * length // RATE] = 0
    spectrum[BAND_HZ[1] * length // RATE :] = 0
    short = irfft(spectrum, length // DECIMATION) / np.float32(DECIMATION)
    return short[: -(-len(samples) // DECIMATION)]


def cycles_at_centres(pitch: Pitch, hop: int) -> np.ndarray:
    """Return how many periods lie before the centre of each frame, float64 (frames,)."""
    means = (pitch.f0[1:] + pitch.f0[:-1]).astype(np.float64) / 2
    return np.concatenate([[0.0], np.cumsum(means * (hop / RATE))])


def excitation(pitch: Pitch, hop: int, length: int, generator: np.random.Generator) -> np.ndarray:
    """Return float32 (length,): one pulse a period where speech is voiced, else Gaussian noise.

    Both have a flat spectrum and a power of 1.
    """
    centres = np.arange(len(pitch.f0)) * hop
    cycles = cycles_at_centres(pitch, hop)
    places = np.interp(np.arange(1, int(cycles[-1]) + 1), cycles, centres)
    pulses = places.astype(np.int64)
    pulses = pulses[(pulses < length) & pitch.is_voiced[(pulses + hop // 2) // hop]]
    is_unvoiced = np.repeat(~pitch.is_voiced, hop)[hop // 2 :][:length]
    signal = generator.standard_normal(length, np.float32) * is_unvoiced
    signal[pulses] = np.sqrt(RATE / np.interp(pulses, centres, pitch.f0))
    return signal
