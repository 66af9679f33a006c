"""Where a random crop starts, and the level of a clip: pure functions."""

from __future__ import annotations

import numpy as np

from spoofjax.audio.seeds import CROP, stream, uniform, uniforms


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


def set_level(samples: np.ndarray, dbfs: float) -> np.ndarray:
    """Return float32 samples scaled to an RMS of `dbfs` dB relative to 1.0; silence stays silence.

    The last axis is time; each row is scaled on its own. Peaks may exceed 1.
    """
    samples = np.asarray(samples, np.float32)
    rms = np.sqrt(np.mean(np.square(samples, dtype=np.float64), axis=-1, keepdims=True))
    gain = np.divide(10.0 ** (dbfs / 20), rms, out=np.zeros_like(rms), where=rms > 1e-9)
    return samples * gain.astype(np.float32)
