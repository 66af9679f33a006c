"""The tables of the attacks: what a spectrum, a cepstrum or a predictor is multiplied by.

All are float32; a spectrum has BINS bins of frames of SIZE samples at 16 kHz.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spoofjax.features.tables import mel_filters
from spoofjax.synthesis.attack import RATE

SIZE = 512
BINS = SIZE // 2 + 1
PITCH_WINDOW, PITCH_SIZE = 768, 1024
"""Frames whose pitch is measured: 48 ms, almost three periods of the lowest pitch."""
PITCH_BINS = range(4, 65)
"""Of their spectra, 62 to 1000 Hz: a correlation without higher harmonics has broad peaks."""
LAGS = np.arange(68) * 4
"""Samples. From 60 Hz to 400 Hz, periods have 40 to 267."""
WARPED_HZ = 5000.0
"""The formants that tell voices apart lie below. Above, a warp would change the bandwidth."""


def pre_emphasis() -> np.ndarray:
    """Return the response of 1 - 0.7 z^-1, complex128 (BINS,): it evens out the slope of speech."""
    return 1 - 0.7 * np.exp(-2j * np.pi * np.arange(BINS) / SIZE)


@lru_cache(maxsize=1)
def peak_weights() -> np.ndarray:
    """Return (1, BINS): half a pre-emphasis in dB, without which no peak above 4 kHz is strong."""
    return np.sqrt(np.abs(pre_emphasis())).astype(np.float32)[None]


@lru_cache(maxsize=1)
def pitch_correlations() -> np.ndarray:
    """Return (pitch bins, lags): from the powers of windowed frames to their autocorrelations.

    These are divided by the normalised autocorrelation of the window, so that they are those of the
    signal.
    """
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(PITCH_WINDOW) / PITCH_WINDOW)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * PITCH_SIZE)) ** 2)[LAGS]
    cosines = np.cos(2 * np.pi / PITCH_SIZE * np.outer(PITCH_BINS, LAGS))
    return (2 / PITCH_SIZE * cosines * (own[0] / own)).astype(np.float32)


@lru_cache(maxsize=8)
def prediction(order: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return what linear prediction multiplies by.

    (BINS, order + 1) leads from powers to autocorrelations of pre-emphasised frames; two times
    (order + 1, BINS) lead from a predictor's taps to the real and imaginary parts of its spectrum;
    (2, BINS) are those of the pre-emphasis.
    """
    angles = 2 * np.pi / SIZE * np.outer(np.arange(order + 1), np.arange(BINS))
    emphasis = pre_emphasis()
    times = np.full(BINS, 2.0)  # each bin but the first and the last stands for two
    times[[0, -1]] = 1
    correlate = np.cos(angles).T * (times * np.abs(emphasis) ** 2 / SIZE)[:, None]
    both = np.stack([np.real(emphasis), np.imag(emphasis)])
    tables = [correlate, np.cos(angles), -np.sin(angles), both]
    correlate, cosines, sines, both = (np.ascontiguousarray(t, np.float32) for t in tables)
    return correlate, cosines, sines, both


@lru_cache(maxsize=8)
def mel_analysis(order: int) -> np.ndarray:
    """Return (BINS, order + 1), from natural logarithms of magnitudes to mel cepstra.

    Mel cepstra are the cosine series over the mel scale of Imai, "Cepstral analysis synthesis on
    the mel frequency scale", ICASSP 1983, fitted by least squares with all mels weighted equally.
    """
    hz = np.linspace(0, RATE / 2, BINS)
    series = _cosines(hz, order)
    weighted = series / (700 + hz)[:, None]  # mels in a hertz
    analysis = np.linalg.solve(weighted.T @ series, weighted.T).T
    return np.ascontiguousarray(analysis, np.float32)


@lru_cache(maxsize=8)
def mel_synthesis(order: int) -> tuple[np.ndarray, np.ndarray]:
    """Return two tables (order + 1, BINS), from mel cepstra to a filter of minimum phase.

    The first leads to base-2 logarithms of its magnitudes, the second to its phases in turns. Both
    are linear in the cepstra: the phases of a logarithm follow by folding its cepstrum to the
    causal part, as in Oppenheim and Schafer, "Discrete-Time Signal Processing".
    """
    logs = _cosines(np.linspace(0, RATE / 2, BINS), order).T
    cepstra = np.fft.irfft(logs, SIZE, axis=1)
    cepstra[:, 1 : SIZE // 2] *= 2
    cepstra[:, SIZE // 2 + 1 :] = 0
    phases = np.fft.rfft(cepstra, axis=1).imag / (2 * np.pi)
    tables = logs * np.log2(np.e), phases
    logs, phases = (np.ascontiguousarray(table, np.float32) for table in tables)
    return logs, phases


def warped_logs(order: int, warp: float) -> np.ndarray:
    """Return (order + 1, BINS): from mel cepstra to base-2 logarithms of an envelope, warped.

    What was at a frequency is at `warp` times that frequency, up to a frequency near WARPED_HZ;
    from there on, a straight line leads to the highest one, which stays.
    """
    hz = np.linspace(0, RATE / 2, BINS)
    last = WARPED_HZ * min(warp, 1.0)
    mel = _mels(np.interp(hz, [0, last, RATE / 2], [0, last / warp, RATE / 2]))
    # In single precision, because this is done for each clip.
    angles = np.outer(np.arange(order + 1), np.pi * mel).astype(np.float32)
    return np.cos(angles) * np.float32(np.log2(np.e))


@lru_cache(maxsize=8)
def mel_weights(bands: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mel filters by the bins that two of them share: int32 (bands + 1,), (4, BINS).

    Bins from the first number b on, up to the next one, belong to the filters b - 1 and b. The rows
    hold the weights of a bin in both, then these divided by their sum, or 0 where that is 0.
    """
    filters = mel_filters(bands, 0, RATE / 2, SIZE, RATE, "slaney")
    last = bands - 1 - np.argmax(filters[::-1] > 0, axis=0)
    last = np.maximum.accumulate(np.where(filters.any(axis=0), last, 0))
    both = np.stack([filters[last - 1, range(BINS)] * (last > 0), filters[last, range(BINS)]])
    total = both.sum(axis=0)
    shares = np.divide(both, total, out=np.zeros_like(both), where=total > 0)
    starts = np.searchsorted(last, np.arange(bands + 1)).astype(np.int32)
    return starts, np.concatenate([both, shares]).astype(np.float32)


def _cosines(hz: np.ndarray, order: int) -> np.ndarray:
    """Return the cosines of the series at these frequencies, float64 (frequencies, order + 1)."""
    return np.cos(np.pi * np.outer(_mels(hz), np.arange(order + 1)))


def _mels(hz: np.ndarray) -> np.ndarray:
    """Return places on the mel scale, 0 to 1 at the highest frequency."""
    return np.log1p(hz / 700) / np.log1p(RATE / 2 / 700)
