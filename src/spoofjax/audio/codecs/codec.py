"""A codec: samples in, decoded samples out, of the same length and in the same place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from spoofjax.audio.codecs.alignment import PADDING_SECONDS, delay_of, shifted, speech_like


@dataclass(frozen=True)
class Codec:
    """One codec at its own sample rate, with the settings at which it is used."""

    name: str
    rate: int
    """Samples per second at which it codes; clips of other rates are resampled there and back."""
    settings: tuple[float, ...]
    """Bit rates in kbit/s that are drawn equally often; for Vorbis, qualities from 0 to 1."""
    code: Callable[[np.ndarray, int, float], np.ndarray]
    """Maps float32 (samples,), a rate and a setting to decoded samples, which may be delayed."""
    missing: Callable[[], str]
    """Returns what is not installed, as text; '' where the codec can be used."""

    def round_trip(self, samples: np.ndarray, rate: int, setting: float) -> np.ndarray:
        """Return float32 (samples,): samples at `rate` coded and decoded at one of the settings.

        The delay of the codec is removed, and what it adds at the end is cut off. Samples beyond
        +-1 are clipped first.
        """
        line = np.clip(samples, -1, 1).astype(np.float32, copy=False)
        if rate == self.rate:
            return self._aligned(line, setting)
        import soxr

        decoded = self._aligned(soxr.resample(line, rate, self.rate), setting)
        return shifted(soxr.resample(decoded, self.rate, rate), 0, len(samples))

    def _aligned(self, samples: np.ndarray, setting: float) -> np.ndarray:
        # An encoder may keep its last frame back, and what is lost is these zeros.
        padded = np.append(samples, np.zeros(int(PADDING_SECONDS * self.rate), np.float32))
        decoded = self.code(padded, self.rate, setting)
        return shifted(decoded, _delay(self, setting), len(samples))


@lru_cache(maxsize=256)
def _delay(codec: Codec, setting: float) -> int:
    """Return the delay of a codec in samples, measured once."""
    reference = speech_like(codec.rate)
    return delay_of(codec.code(reference, codec.rate, setting), reference)
