"""Short-time spectra of a waveform and the waveform nearest to given spectra, in float32."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def frame_count(samples: int, hop: int) -> int:
    """Return the number of frames whose centres 0, hop, 2 hop ... cover so many samples."""
    return 1 + -(-samples // hop)


def frames_of(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Return a view, float32 (frames, size): frame k is centred at sample k * hop.

    There are zeros before the first and after the last sample.
    """
    count = frame_count(len(samples), hop)
    padded = np.zeros((count - 1) * hop + size, np.float32)
    padded[size // 2 : size // 2 + len(samples)] = samples
    return np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]


def spectra_of(samples: np.ndarray, size: int, hop: int) -> np.ndarray:
    """Return complex64 (frames, size/2 + 1): spectra of Hann-windowed frames of `size` samples."""
    return rfft(frames_of(samples, size, hop) * hann(size))


def waveform_of(spectra: np.ndarray, hop: int, length: int) -> np.ndarray:
    """Return float32 (length,): the waveform whose spectra are nearest in the sense of squares.

    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE
    Transactions on Acoustics, Speech, and Signal Processing 32(2), 1984, equation 6. `hop` divides
    the size of a frame.
    """
    size = 2 * (spectra.shape[1] - 1)
    total = overlap_add(irfft(spectra, size) * hann(size), hop)
    total *= _weights(len(spectra), size, hop)
    return total[size // 2 : size // 2 + length]


def overlap_add(frames: np.ndarray, hop: int) -> np.ndarray:
    """Return the sum of frames (frames, size), each `hop` samples after the one before it."""
    count, size = frames.shape
    parts = size // hop
    total = np.zeros((count + parts - 1, hop), frames.dtype)
    for part in range(parts):
        total[part : part + count] += frames[:, part * hop : (part + 1) * hop]
    return total.reshape(-1)


@lru_cache(maxsize=8)
def hann(size: int) -> np.ndarray:
    """Return the periodic Hann window, float32 (size,)."""
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


@lru_cache(maxsize=8)
def _weights(count: int, size: int, hop: int) -> np.ndarray:
    """Return the inverse of the sum of the squared windows; 0 where no window reaches."""
    total = overlap_add(np.tile(hann(size) ** 2, (count, 1)), hop)
    return np.where(total > 1e-3, 1 / np.maximum(total, 1e-3), 0).astype(np.float32)


def rfft(frames: np.ndarray, size: int | None = None) -> np.ndarray:
    """Return the complex64 spectra of float32 frames along the last axis."""
    import scipy.fft  # here, because it loads slowly; numpy would compute in float64

    return np.asarray(scipy.fft.rfft(frames, size))


def irfft(spectra: np.ndarray, size: int) -> np.ndarray:
    """Return the float32 frames of complex64 spectra."""
    import scipy.fft

    return np.asarray(scipy.fft.irfft(spectra, size))


def power(spectra: np.ndarray) -> np.ndarray:
    """Return the squared magnitudes of complex64 numbers, float32."""
    return np.real(spectra) ** 2 + np.imag(spectra) ** 2


@lru_cache(maxsize=8)
def pre_emphasis(bins: int) -> np.ndarray:
    """Return the response of 1 - 0.7 z^-1, complex64 (bins,): it evens out the slope of speech."""
    return (1 - 0.7 * np.exp(-1j * np.linspace(0, np.pi, bins))).astype(np.complex64)


def random_phases(shape: tuple[int, ...], generator: np.random.Generator) -> np.ndarray:
    """Return complex64 numbers of magnitude 1 with uniform phases."""
    angles = generator.random(shape, np.float32) * np.float32(2 * np.pi)
    return unit_phasors(angles)


def unit_phasors(angles: np.ndarray) -> np.ndarray:
    """Return exp(i angles), complex64 for float32 radians; twice as fast as a complex exp."""
    phasors = np.empty(angles.shape, np.complex64)
    np.cos(angles, out=phasors.real)
    np.sin(angles, out=phasors.imag)
    return phasors
