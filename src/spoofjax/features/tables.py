"""Filter banks, the cosine transform and the scales of logarithms, in float64."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from spoofjax.errors import ConfigError, nearest

Mel = Literal["slaney", "htk", "kaldi"]
MELS: tuple[str, ...] = get_args(Mel)
Log = Literal["natural", "log10", "db", "none"]
LOG_SCALES: dict[str, float] = {
    "natural": 1.0,
    "log10": 1 / np.log(10.0),
    "db": 10 / np.log(10.0),
    "none": 0.0,
}
"""Factors on the natural logarithm; 0: no logarithm."""


def triangles(edges: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return triangular filters over `positions`, float64 (len(edges) - 2, len(positions)).

    Filter i rises from edges[i] (0) to edges[i + 1] (1) and falls to edges[i + 2] (0).
    """
    left, peak, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rise = (positions - left) / (peak - left)
    fall = (right - positions) / (right - peak)
    return np.maximum(0.0, np.minimum(rise, fall))


def linear_filters(count: int, low: float, high: float, fft: int, rate: int) -> np.ndarray:
    """Return `count` triangles evenly spaced from `low` to `high` Hz, (count, fft/2 + 1)."""
    return triangles(np.linspace(low, high, count + 2), np.linspace(0, rate / 2, fft // 2 + 1))


def _slaney(hz: np.ndarray) -> np.ndarray:
    """Slaney's Auditory Toolbox: linear below 1 kHz, logarithmic above (27 steps to 6.4 kHz)."""
    log_step = np.log(6.4) / 27
    above = 15 + np.log(np.maximum(hz, 1000.0) / 1000.0) / log_step
    return np.where(hz < 1000.0, hz * 3 / 200, above)


def _slaney_to_hz(mel: np.ndarray) -> np.ndarray:
    above = 1000.0 * np.exp(np.log(6.4) / 27 * (np.maximum(mel, 15.0) - 15))
    return np.where(mel < 15.0, mel * 200 / 3, above)


def _htk(hz: np.ndarray) -> np.ndarray:
    """O'Shaughnessy's formula, 2595 log10(1 + f/700)."""
    return 2595.0 * np.log10(1 + hz / 700.0)


def _htk_to_hz(mel: np.ndarray) -> np.ndarray:
    return 700.0 * (10.0 ** (mel / 2595.0) - 1)


def mel_filters(count: int, low: float, high: float, fft: int, rate: int, kind: str) -> np.ndarray:
    """Return `count` mel-spaced triangles from `low` to `high` Hz, float64 (count, fft/2 + 1).

    'slaney': Slaney's scale, triangles straight in Hz, each of area 1 (librosa's default).
    'htk': the formula with 2595, triangles straight in Hz with peak 1 (torchaudio's default).
    'kaldi': the formula with 1127, triangles straight in mel with peak 1 (Kaldi).
    Raises ConfigError for an unknown kind.
    """
    if kind not in MELS:
        raise ConfigError(f"mel {kind!r}: choose from {', '.join(MELS)}.{nearest(kind, MELS)}")
    hz = np.linspace(0, rate / 2, fft // 2 + 1)
    ends = np.array([low, high])
    if kind == "kaldi":
        mel = 1127.0 * np.log1p(ends / 700.0)
        return triangles(np.linspace(mel[0], mel[1], count + 2), 1127.0 * np.log1p(hz / 700.0))
    mel = _htk(ends) if kind == "htk" else _slaney(ends)
    steps = np.linspace(mel[0], mel[1], count + 2)
    if kind == "htk":
        return triangles(_htk_to_hz(steps), hz)
    edges = _slaney_to_hz(steps)
    return triangles(edges, hz) * (2.0 / (edges[2:] - edges[:-2]))[:, None]


def dct(count: int, inputs: int) -> np.ndarray:
    """Return the first `count` rows of the orthonormal DCT-II, float64 (count, inputs)."""
    k, n = np.arange(count)[:, None], np.arange(inputs)[None, :]
    matrix = np.sqrt(2.0 / inputs) * np.cos(np.pi * k * (2 * n + 1) / (2 * inputs))
    matrix[0] /= np.sqrt(2.0)
    return matrix
