"""Clips of a fixed length out of utterances of any length: pure functions of samples."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.seeds import CROP, stream, uniform, uniforms
from spoofjax.errors import AudioError


def tile(samples: np.ndarray, n: int) -> np.ndarray:
    """Return the first `n` samples of the utterance repeated end to end, (n,), dtype kept.

    Raises AudioError for an empty array.
    """
    if len(samples) == 0:
        raise AudioError("An utterance without samples cannot be repeated to fill a clip.")
    return samples[:n] if len(samples) >= n else np.resize(samples, n)


def crop_start(length: int, n: int, seed: int) -> int:
    """Return where a random crop of `n` samples starts: uniform over 0 .. length - n.

    0 where the utterance has exactly `n` samples or fewer. `seed` is the draw's uint64 seed.
    """
    places = length - n + 1
    if places <= 1:
        return 0
    return int(uniform(seed, CROP) * places)


def crop_starts(lengths: np.ndarray, n: int, seeds: np.ndarray) -> np.ndarray:
    """Return int64 (clips,): `crop_start` of each length int64 (clips,) and uint64 seed."""
    places = np.maximum(lengths - n + 1, 1)
    return (uniforms(stream(seeds, CROP), 1)[:, 0] * places).astype(np.int64)


def fit(samples: np.ndarray, n: int, start: int = 0) -> np.ndarray:
    """Return `n` samples from `start`; where fewer are left, the utterance is repeated.

    Raises AudioError for an empty array or a start outside it.
    """
    if start and not 0 <= start < len(samples):
        raise AudioError(f"A crop at sample {start} lies outside an utterance of {len(samples)}.")
    crop = samples[start : start + n]
    if len(crop) == n:
        return crop
    return tile(np.roll(samples, -start) if start else samples, n)


def set_level(samples: np.ndarray, dbfs: float) -> np.ndarray:
    """Return float32 samples scaled to an RMS of `dbfs` dB relative to 1.0; silence stays silence.

    The last axis is time; each row is scaled on its own. Peaks may exceed 1.
    """
    samples = np.asarray(samples, np.float32)
    rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=-1, keepdims=True))
    gain = np.divide(10.0 ** (dbfs / 20), rms, out=np.zeros_like(rms), where=rms > 1e-9)
    return samples * gain.astype(np.float32)
