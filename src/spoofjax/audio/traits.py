"""What an utterance is like apart from what is said: spectrum, level, silence, bandwidth.

A detector that judges by one of these has learned how a corpus was made, not what speech synthesis
leaves behind. All functions are pure functions of samples.
"""

from __future__ import annotations

import numpy as np

BANDS = 64
"""Bands of equal width between 0 Hz and half the sample rate."""
TRAITS = (
    *(f"band_{number}" for number in range(BANDS)),
    "offset_db", "level_db", "peak_db", "seconds_log", "leading_log", "trailing_log", "silence",
    "noise_db", "rolloff_hz", "edge_hz", "drop_db", "high_db",
)  # fmt: skip
"""The numbers that `measure` returns, in their order."""
FRAME_SECONDS, HOP_SECONDS = 0.02, 0.01
SILENT_DB = 30.0
"""A frame is silent this many dB below the loud frames, which are the loudest twentieth."""
FLOOR_DB = -100.0
"""Lower levels count as this one: they are below the noise of any recording."""
SIDE_HZ, GAP_HZ = 500.0, 60.0
"""An edge compares the spectrum over SIDE_HZ on both sides of a frequency, GAP_HZ away from it."""
LOWEST_EDGE_HZ = 2_000.0
STEEP_DB = 15.0
"""A drop of this size within SIDE_HZ limits the bandwidth; speech itself drops by less."""


def measure(samples: np.ndarray, rate: int) -> np.ndarray:
    """Return float64 (len(TRAITS),) of a waveform, float32 (n,) in [-1, 1] at `rate` Hz.

    band_0 to band_63 are the mean power in bands of equal width, in dB relative to the mean of all
    bands; `offset_db` the DC offset in dB relative to the RMS around it; `level_db` and `peak_db`
    the RMS and the largest sample in dBFS; `seconds_log`, `leading_log` and `trailing_log` the
    decimal logarithms of the duration and of the silence at both ends, in seconds; `silence` the
    share of silent frames; `noise_db` the level of the quietest frames relative to the loud ones;
    `rolloff_hz` the frequency below which 99 % of the energy lies; `edge_hz` where the spectrum
    drops steeply (half the rate if it does not) and `drop_db` by how much; `high_db` the power of
    the upper half of the spectrum relative to all of it. Less than a frame of samples is padded.
    """
    wave = np.asarray(samples, np.float64)
    offset = wave.mean() if len(wave) else 0.0
    wave = wave - offset
    rms = np.sqrt(np.mean(wave**2)) if len(wave) else 0.0
    peak = np.abs(samples).max(initial=0.0)
    seconds = len(wave) / rate
    power, levels = _power(wave, rate)
    spectrum = power.mean(axis=0)
    return np.array([
        *_bands(spectrum),
        _decibels(offset**2 / (rms**2 + 1e-20)), _decibels(rms**2), _decibels(peak**2),
        np.log10(seconds + FRAME_SECONDS), *_silence(levels),
        *_bandwidth(spectrum, rate),
    ])  # fmt: skip


def _power(wave: np.ndarray, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the power spectra (frames, bins) of a waveform and the levels (frames,) in dB."""
    import scipy.fft  # loads slowly, and commands that measure nothing need it not

    size, hop = round(FRAME_SECONDS * rate), round(HOP_SECONDS * rate)
    if len(wave) < size:
        wave = np.pad(wave, (0, size - len(wave)))
    frames = np.lib.stride_tricks.sliding_window_view(wave, size)[::hop]
    spectra = np.asarray(scipy.fft.rfft(frames * np.hanning(size), 512 * -(-size // 512), axis=1))
    return np.abs(spectra) ** 2, _decibels(np.mean(frames**2, axis=1))


def _bands(spectrum: np.ndarray) -> np.ndarray:
    """Return (BANDS,): the power of a spectrum (bins,) in bands, in dB relative to their mean."""
    starts = np.linspace(0, len(spectrum), BANDS, endpoint=False).astype(int)
    sums = np.add.reduceat(spectrum, starts) / np.diff([*starts, len(spectrum)])
    decibels = 10 * np.log10(sums / (sums.max() + 1e-20) + 1e-10)
    return decibels - decibels.mean()


def _silence(levels: np.ndarray) -> tuple[float, float, float, float]:
    """Return leading_log, trailing_log, silence and noise_db of frame levels in dB."""
    quiet, loud = np.percentile(levels, (5, 95))
    active = np.flatnonzero(levels > loud - SILENT_DB)
    ends = (active[0], len(levels) - 1 - active[-1]) if len(active) else (len(levels), 0)
    leading, trailing = np.log10(np.array(ends) * HOP_SECONDS + FRAME_SECONDS)
    share = 1 - len(active) / len(levels)
    return float(leading), float(trailing), share, float(quiet - loud)


def _bandwidth(spectrum: np.ndarray, rate: int) -> tuple[float, float, float, float]:
    """Return rolloff_hz, edge_hz, drop_db and high_db of a spectrum (bins,)."""
    hertz = np.linspace(0, rate / 2, len(spectrum))
    shares = np.cumsum(spectrum) / (spectrum.sum() + 1e-20)
    rolloff = hertz[min(int(np.searchsorted(shares, 0.99)), len(hertz) - 1)]
    high = _decibels(1 - shares[len(shares) // 2])
    decibels = 10 * np.log10(spectrum / (spectrum.max() + 1e-20) + 1e-10)
    sums = np.concatenate([[0], np.cumsum(decibels)])
    width = hertz[1]
    side, gap = round(SIDE_HZ / width), round(GAP_HZ / width)
    centres = np.arange(round(LOWEST_EDGE_HZ / width), len(hertz) - side // 2 - gap)
    above_ends = np.minimum(centres + gap + side, len(hertz))
    above = (sums[above_ends] - sums[centres + gap]) / (above_ends - centres - gap)
    below = (sums[centres - gap] - sums[centres - gap - side]) / side
    drops = below - above
    steepest = int(drops.argmax())
    drop = float(drops[steepest])
    edge = hertz[centres[steepest]] if drop >= STEEP_DB else rate / 2
    return float(rolloff), float(edge), drop, float(high)


def _decibels(power: np.ndarray | float) -> np.ndarray:
    """Return a power in dB, at least FLOOR_DB."""
    return np.maximum(10 * np.log10(np.asarray(power) + 1e-20), FLOOR_DB)
