"""G.711, the coding of telephone lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch
from spoofjax.audio.codecs.g711 import LINE_RATE, round_trip
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError


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
