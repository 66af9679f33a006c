"""Smooth spectral envelopes of speech: linear prediction and mel cepstra."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from spoofjax.features.tables import mel_filters
from spoofjax.synthesis.attack import RATE
from spoofjax.synthesis.spectra import irfft, power, pre_emphasis, rfft, unit_phasors

FLOOR = np.float32(1e-5)
"""The least magnitude of which a logarithm is taken, as a share of the loudest."""
WARPED_HZ = 5000.0
"""The formants that tell voices apart lie below. Above, a warp would change the bandwidth."""
UPDATES = 8
"""Steps from mel bands back to spectra."""


def all_pole_filters(spectra: np.ndarray, order: int) -> np.ndarray:
    """Return complex64 (frames, bins): gain / A of the linear prediction of each frame.

    `spectra` is complex64 (frames, bins). The autocorrelation method with Levinson's recursion, all
    frames at a time; Makhoul, "Linear prediction: a tutorial review", Proceedings of the IEEE
    63(4), 1975. Spectra are pre-emphasised first, so that weak high frequencies count, and the
    filters undo that. They are stable and have the minimum phase.
    """
    size = 2 * (spectra.shape[1] - 1)
    emphasis = pre_emphasis(spectra.shape[1])
    correlation = irfft(power(spectra * emphasis), size)[:, : order + 1].T.copy()
    # A little white noise, 50 dB below the frame, keeps steep spectra within float32's reach.
    correlation[0] = correlation[0] * np.float32(1.00001) + np.float32(1e-9)
    predictor = np.zeros((order + 1, len(spectra)), np.float32)
    predictor[0] = 1
    error = correlation[0].copy()
    for step in range(1, order + 1):
        # The products of the coefficients so far with the correlations in reverse.
        total = np.einsum("kf,kf->f", predictor[:step], correlation[step:0:-1])
        reflection = -total / error
        predictor[1 : step + 1] += reflection * predictor[step - 1 :: -1][:step]
        error = np.maximum(error * (1 - reflection**2), np.float32(1e-12))
    gain = np.sqrt(error / size)
    return gain[:, None] / (rfft(np.ascontiguousarray(predictor.T), size) * emphasis)


def mel_cepstra(magnitudes: np.ndarray, order: int) -> np.ndarray:
    """Return float32 (frames, order + 1): cosine series over the mel scale of log magnitudes.

    Imai, "Cepstral analysis synthesis on the mel frequency scale", ICASSP 1983. Here the series is
    fitted to the logarithms of (frames, bins) by least squares, with all mels weighted equally.
    """
    return log_magnitudes(magnitudes) @ _analysis(magnitudes.shape[1], order)


def series_logs(bins: int, order: int, warp: float = 1.0) -> np.ndarray:
    """Return float32 (order + 1, bins), whose product with mel cepstra is a smooth log magnitude.

    With a `warp`, what was at a frequency is at `warp` times that frequency, up to a frequency near
    WARPED_HZ; from there on, a straight line leads to the highest one, which stays.
    """
    hz = np.linspace(0, RATE / 2, bins)
    last = WARPED_HZ * min(warp, 1.0)
    hz = np.interp(hz, [0, last, RATE / 2], [0, last / warp, RATE / 2])
    return _cosines(hz, order).T.astype(np.float32)


def log_magnitudes(magnitudes: np.ndarray) -> np.ndarray:
    """Return natural logarithms; what is 100 dB below the loudest value is raised to there."""
    floor = max(FLOOR * magnitudes.max(initial=0), np.float32(1e-20))
    return np.log(np.maximum(magnitudes, floor))


def minimum_phase(logs: np.ndarray) -> np.ndarray:
    """Return complex64 (frames, bins): the filters of minimum phase with these log magnitudes.

    The cepstrum is folded to its causal part: Oppenheim and Schafer, "Discrete-Time Signal
    Processing", chapter on cepstrum analysis.
    """
    size = 2 * (logs.shape[1] - 1)
    cepstra = irfft(logs.astype(np.complex64), size)
    cepstra[:, 1 : size // 2] *= 2
    cepstra[:, size // 2 + 1 :] = 0
    spectra = rfft(cepstra)
    return np.exp(np.real(spectra)) * unit_phasors(np.imag(spectra))


@lru_cache(maxsize=8)
def _analysis(bins: int, order: int) -> np.ndarray:
    """Return the matrix from log magnitudes to mel cepstra, float32 (bins, order + 1)."""
    hz = np.linspace(0, RATE / 2, bins)
    series = _cosines(hz, order)
    weighted = series / (700 + hz)[:, None]  # mels in a hertz
    return np.linalg.solve(weighted.T @ series, weighted.T).T.astype(np.float32)


def _cosines(hz: np.ndarray, order: int) -> np.ndarray:
    """Return the cosines of the series at these frequencies, float64 (frequencies, order + 1)."""
    mel = np.log1p(hz / 700) / np.log1p(RATE / 2 / 700)
    return np.cos(np.pi * np.outer(mel, np.arange(order + 1)))


def through_mel(magnitudes: np.ndarray, bands: int) -> np.ndarray:
    """Return float32 (frames, bins): what mel bands of the magnitudes tell of them.

    The spectra have nearly the same mel bands: a few multiplicative updates of Lee and Seung,
    "Algorithms for non-negative matrix factorization", NIPS 2000, from a smooth start.
    """
    filters, back = _mel(magnitudes.shape[1], bands)
    mels = magnitudes @ filters
    estimate = mels @ back
    target = mels @ filters.T
    gram = filters @ filters.T
    for _ in range(UPDATES):
        estimate *= target / np.maximum(estimate @ gram, 1e-12)
    return estimate


@lru_cache(maxsize=8)
def _mel(bins: int, bands: int) -> tuple[np.ndarray, np.ndarray]:
    """Return mel filters (bins, bands), and a first guess (bands, bins) of what they came from."""
    filters = mel_filters(bands, 0, RATE / 2, 2 * (bins - 1), RATE, "slaney").T
    guess = filters.T / np.maximum(filters.sum(axis=0)[:, None], 1e-9)
    guess /= np.maximum((filters > 0).sum(axis=1), 1)
    return filters.astype(np.float32), (guess + 1e-8).astype(np.float32)
