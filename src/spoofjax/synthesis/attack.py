"""The base of attacks: what all copies have in common with their parents."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.config import Attack, Part
from spoofjax.errors import AudioError, ConfigError

RATE = 16_000
"""Samples per second of all waveforms in this package."""


@dataclass(frozen=True)
class WaveformAttack(Attack):
    """An attack on whole waveforms; a subclass implements `synthesize`."""

    def __call__(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,): a copy with the length, the mean and the RMS of its parent.

        `samples` is float32 (samples,) at 16 kHz. Silence is returned as it is. Raises AudioError
        for other shapes, for no samples, and for NaN or infinities.
        """
        from spoofjax.synthesis._attacks import mean_and_rms

        samples = np.ascontiguousarray(samples, np.float32)
        if samples.ndim != 1 or not len(samples):
            raise AudioError(f"An attack takes one waveform (samples,), not {samples.shape}.")
        mean, level = mean_and_rms(samples)
        if not math.isfinite(level):
            raise AudioError("The waveform holds NaN or infinite values.")
        if level == 0:
            return samples.copy()
        copy = self.synthesize(samples - np.float32(mean), generator)
        copy = np.ascontiguousarray(copy, np.float32)
        own_mean, own_level = mean_and_rms(copy)
        # A pause may become exact silence, which has no level to correct.
        gain = level / max(own_level, 1e-12)
        return copy * np.float32(gain) + np.float32(mean - gain * own_mean)

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        """Return float32 (samples,): the copy at any level; the mean of `samples` is 0."""
        raise NotImplementedError


def drawn_seed(generator: np.random.Generator) -> int:
    """Return a 64-bit seed of the streams that a copy is made from."""
    return int(generator.integers(2**64, dtype=np.uint64))


def check(part: Part, name: str, least: float, most: float) -> None:
    """Raise ConfigError unless a field, or both numbers of a pair, lie within least .. most."""
    value = getattr(part, name)
    numbers = value if isinstance(value, tuple) else (value,)
    if not all(least <= number <= most for number in numbers):
        raise ConfigError(
            f"{type(part).__name__}: {name}={value!r} must lie from {least:g} to {most:g}."
        )
