"""Features in bfloat16, for a network that computes in it: half the bytes to send to its device."""

from __future__ import annotations

import ml_dtypes
import numpy as np

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)


def standardized_bfloat16(
    features: np.ndarray, mean: np.ndarray, deviation: np.ndarray, threads: int = 1
) -> np.ndarray:
    """Return (features - mean) / deviation in bfloat16, (clips, frames, coefficients).

    The arguments are float32, both statistics (coefficients,). The arithmetic is float32, as in a
    network; only the result is rounded, to the nearest value, to even at ties. Raises ConfigError
    for statistics of another size.
    """
    from spoofjax.features._framed import round_features

    result = np.empty(features.shape, BFLOAT16)
    floats = (np.ascontiguousarray(array, np.float32) for array in (features, mean, deviation))
    round_features(*floats, result.view(np.uint16), threads)
    return result
