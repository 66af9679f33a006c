"""Sums of sinusoids whose frequencies and amplitudes change from frame to frame."""

from __future__ import annotations

import numpy as np

from spoofjax.synthesis.attack import RATE
from spoofjax.synthesis.spectra import hann, overlap_add, unit_phasors

STEP = 16
"""Samples between the coarse points of an oscillator."""


def sum_of_sinusoids(
    frequencies: np.ndarray, amplitudes: np.ndarray, hop: int, length: int
) -> np.ndarray:
    """Return float32 (length,): frames of sinusoids, overlapped and added under Hann windows.

    `frequencies` is float32 (frames, sinusoids) in Hz and `amplitudes` complex64 (frames,
    sinusoids), with the phase at the centre of each frame; frame k is centred at sample k * hop,
    and `hop` is a multiple of 16 samples. A sinusoid of amplitude 0 is not heard.

    exp(i w n) with n = 16 a + b is the product of a coarse and a fine oscillator, so that a frame
    is one small matrix product.
    """
    step = frequencies * np.float32(2 * np.pi / RATE)
    coarse_times = np.arange(-hop, hop, STEP, dtype=np.float32)
    coarse = unit_phasors(step[:, None, :] * coarse_times[:, None]) * amplitudes[:, None, :]
    fine = unit_phasors(step[:, :, None] * np.arange(STEP, dtype=np.float32))
    frames = np.real(coarse @ fine).reshape(len(frequencies), 2 * hop)
    return overlap_add(frames * hann(2 * hop), hop)[hop : hop + length]
