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
    """Applies `steps` in order, each step i to a clip with probability `probabilities[i]`."""

    steps: tuple[Augmentation, ...] = ()
    probabilities: tuple[float, ...] = ()
    """One per step; if empty, every step is always applied."""

    def __post_init__(self) -> None:
        if self.probabilities and len(self.probabilities) != len(self.steps):
            raise ConfigError(
                f"Chain has {len(self.steps)} steps and {len(self.probabilities)} probabilities: "
                "give one for each step, or none to always apply every step."
            )
        if not all(0 <= p <= 1 for p in self.probabilities):
            raise ConfigError(f"Chain: probabilities={self.probabilities} must lie from 0 to 1.")

    def check(self, rate: int) -> None:
        """Raise what the checks of the steps raise."""
        for step in self.steps:
            step.check(rate)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip changed at random by its uint64 seed.

        Equal steps at different places of the chain draw different numbers.
        """
        waveforms, seeds = check_batch(waveforms, seeds)
        waveforms = waveforms.copy()
        for index, step in enumerate(self.steps):
            step_seeds = stream(stream(seeds, STEP), index)
            probability = self.probabilities[index] if self.probabilities else 1.0
            chosen = np.flatnonzero(uniforms(step_seeds, 1)[:, 0] < probability)
            if len(chosen):
                waveforms[chosen] = step(
                    waveforms[chosen], step_seeds[chosen], rate, threads=threads
                )
        return waveforms
