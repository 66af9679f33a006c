"""Batches of waveforms for codecs and vocoders."""

from __future__ import annotations

import numpy as np
from jax.typing import ArrayLike

from spoofjax.errors import AudioError


def checked(samples: ArrayLike) -> np.ndarray:
    """Return float32 (batch, samples). Raises AudioError for another shape, NaN and infinity."""
    array = np.asarray(samples)
    if array.ndim != 2 or array.size == 0:
        raise AudioError(
            f"Samples must have the shape (batch, samples), and at least one of each, not "
            f"{array.shape}. Write samples[None] for one clip."
        )
    if array.dtype.kind != "f":
        raise AudioError(f"Samples must be floating point in [-1, 1), not {array.dtype}.")
    if not np.isfinite(array).all():
        raise AudioError("Samples hold NaN or infinity. Read the recording again.")
    return array.astype(np.float32)


def filled(samples: np.ndarray, least: int, multiple: int) -> np.ndarray:
    """Return (batch, more samples): `least` zeros or more follow, up to a multiple."""
    length = samples.shape[1] + least
    return np.pad(samples, ((0, 0), (0, least + -length % multiple)))
