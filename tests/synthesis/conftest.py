"""A vowel of a known pitch, between two pauses."""

import numpy as np
import pytest

RATE = 16_000


@pytest.fixture(scope="session")
def vowel() -> np.ndarray:
    """float32 (samples,): harmonics of 140 Hz under three formants, with a soft noise."""
    time = np.arange(RATE) / RATE
    harmonics = np.arange(1, 50) * 140.0
    formants = sum(1 / (1 + ((harmonics - f) / 120.0) ** 2) for f in (650, 1100, 2500))
    voice = (formants[:, None] * np.cos(2 * np.pi * harmonics[:, None] * time)).sum(axis=0)
    voice *= np.interp(time, [0.1, 0.15, 0.85, 0.9], [0, 1, 1, 0])
    noise = np.random.default_rng(3).normal(size=RATE)
    return (0.05 * voice + 0.001 * noise).astype(np.float32)
