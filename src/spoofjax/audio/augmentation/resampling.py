"""Sample rates that a recording passes through before it is heard."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_at_least, check_batch, check_probabilities
from spoofjax.audio.codecs.alignment import shifted
from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError

PARAMETERS, STAGES = 16, 17
"""Tags of the streams that a seed gives."""
QUALITIES = ("LQ", "MQ", "HQ")
"""Filters of soxr that are drawn equally often, from short to long ones."""


@dataclass(frozen=True)
class Resampling(Augmentation):
    """Resamples clips to one rate after another and back, by filters of various lengths (soxr).

    Lower rates than the clip's end its band. Nothing is delayed.
    """

    rates: tuple[int, ...] = (8_000, 11_025, 12_000, 22_050, 24_000, 44_100, 48_000)
    """Samples per second, drawn equally often."""
    most_stages: int = 2
    """Most rates that a clip passes through; the number is uniform from 1 on."""
    probability: float = 1.0
    """Share of the clips that are resampled."""

    def __post_init__(self) -> None:
        check_at_least(self, 1, "most_stages")
        check_probabilities(self, "probability")
        if not self.rates or not all(4_000 <= rate <= 768_000 for rate in self.rates):
            raise ConfigError(f"Resampling: rates={self.rates} must lie from 4,000 to 768,000 Hz.")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip after the rates that its uint64 seed draws."""
        waveforms, seeds = check_batch(waveforms, seeds)
        resampled = waveforms.copy()
        draws = uniforms(stream(seeds, PARAMETERS), 2)
        choices = uniforms(stream(seeds, STAGES), 2 * self.most_stages + 1)
        for clip, draw, choice in zip(resampled, draws, choices, strict=True):
            if draw[0] < self.probability and len(clip):
                stages = 1 + int(draw[1] * self.most_stages)
                clip[:] = self._through(clip, rate, stages, choice)
        return resampled

    def _through(self, clip: np.ndarray, rate: int, stages: int, choice: np.ndarray) -> np.ndarray:
        """Return a clip (samples,) after so many rates; `choice` holds uniforms for each stage."""
        import soxr

        samples, now = clip, rate
        for stage in range(stages + 1):
            is_last = stage == stages
            following = rate if is_last else self.rates[int(choice[2 * stage] * len(self.rates))]
            place = 2 * stage if is_last else 2 * stage + 1
            quality = QUALITIES[int(choice[place] * len(QUALITIES))]
            samples, now = soxr.resample(samples, now, following, quality=quality), following
        return shifted(samples, 0, len(clip))
