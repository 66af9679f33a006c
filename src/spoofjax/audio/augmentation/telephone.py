"""G.711, the coding of telephone lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError

LINE_RATE = 8000


@dataclass(frozen=True)
class G711(Augmentation):
    """A round trip through ITU-T G.711, at 8 kHz as on the line or at the clip's own rate.

    It is the same for every seed; Chain can apply it with a probability.
    """

    law: Literal["mu", "a"] = "mu"
    """mu-law (North America, Japan) or A-law (elsewhere)."""
    resample: bool = True
    """Code at 8 kHz, which also limits the band to 4 kHz; False only quantises."""

    def __post_init__(self) -> None:
        if self.law not in ("mu", "a"):
            raise ConfigError(f"G711(law={self.law!r}): law must be 'mu' or 'a'.")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return the decoded samples, float32 (batch, samples); samples beyond +-1 are clipped."""
        waveforms, _ = check_batch(waveforms, seeds)
        if not self.resample or rate == LINE_RATE or waveforms.shape[1] == 0:
            return round_trip(waveforms, self.law)
        import soxr

        out = np.zeros_like(waveforms)
        for clip, row in zip(waveforms, out, strict=True):
            line = round_trip(soxr.resample(clip, rate, LINE_RATE), self.law)
            decoded = soxr.resample(line, LINE_RATE, rate)[: len(row)]
            row[: len(decoded)] = decoded
        return out


def round_trip(samples: np.ndarray, law: Literal["mu", "a"]) -> np.ndarray:
    """Return float32 samples in -1 .. 1, of any shape, coded and decoded by G.711."""
    steps = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767)
    return _decoded(law)[steps.astype(np.int64) + 32768]


@lru_cache(maxsize=2)
def _decoded(law: Literal["mu", "a"]) -> np.ndarray:
    """Return float32 (65536,): the decoded value of each 16-bit sample from -32768 on.

    Both laws divide magnitudes into segments of 16 equal steps, each segment twice as long as the
    one before, and decode to the middle of a step. mu-law adds 132 first.
    """
    value = np.arange(-32768, 32768)
    if law == "mu":
        magnitude = np.minimum(np.abs(value), 32635) + 132
        step = 8 << np.maximum(np.frexp(magnitude)[1] - 8, 0)
        offset = 132
    else:
        magnitude = np.where(value < 0, -value - 1, value)
        step = 16 << np.maximum(np.frexp(magnitude)[1] - 9, 0)
        offset = 0
    decoded = magnitude // step * step + step // 2 - offset
    return (np.where(value < 0, -decoded, decoded) / 32768).astype(np.float32)
