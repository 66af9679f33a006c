"""Several augmentations one after another, each with its probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch
from spoofjax.audio.seeds import STEP, stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError


@dataclass(frozen=True)
class Chain(Augmentation):
    """Applies `steps` in their order, step i to a clip with probability `probabilities[i]`."""

    steps: tuple[Augmentation, ...] = ()
    probabilities: tuple[float, ...] = ()
    """One per step; none at all: every step always."""

    def __post_init__(self) -> None:
        if self.probabilities and len(self.probabilities) != len(self.steps):
            raise ConfigError(
                f"Chain has {len(self.steps)} steps and {len(self.probabilities)} probabilities: "
                "give one each, or none to apply every step always."
            )
        if not all(0 <= p <= 1 for p in self.probabilities):
            raise ConfigError(f"Chain: probabilities={self.probabilities} must lie from 0 to 1.")

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return changed float32 (batch, samples): each clip as its uint64 seed says.

        Equal steps at different places draw different numbers.
        """
        waveforms, seeds = check_batch(waveforms, seeds)
        waveforms = waveforms.copy()
        for place, step in enumerate(self.steps):
            own = stream(stream(seeds, STEP), place)
            probability = self.probabilities[place] if self.probabilities else 1.0
            chosen = np.flatnonzero(uniforms(own, 1)[:, 0] < probability)
            if len(chosen):
                waveforms[chosen] = step(waveforms[chosen], own[chosen], rate, threads=threads)
        return waveforms
