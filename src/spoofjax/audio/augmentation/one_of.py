"""One of several augmentations for each clip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from spoofjax.audio.augmentation.checks import check_batch
from spoofjax.audio.seeds import STEP, stream, uniforms
from spoofjax.config import Augmentation
from spoofjax.errors import ConfigError

CHOICE = 16
"""Tag of the stream that chooses the step."""


@dataclass(frozen=True)
class OneOf(Augmentation):
    """Applies one of `steps` to each clip, or none: step i to the share `shares[i]` of the clips.

    Shares are of all clips, whatever their class. What they leave of 1 stays as it is.
    """

    steps: tuple[Augmentation, ...] = ()
    shares: tuple[float, ...] = ()
    """One per step; if empty, all steps have equal shares, which add up to 1."""

    def __post_init__(self) -> None:
        if self.shares and len(self.shares) != len(self.steps):
            raise ConfigError(
                f"OneOf has {len(self.steps)} steps and {len(self.shares)} shares: give one for "
                "each step, or none for equal shares."
            )
        if not all(share >= 0 for share in self.shares) or sum(self.shares) > 1 + 1e-9:
            raise ConfigError(
                f"OneOf: shares={self.shares} must be 0 or more and add up to at most 1."
            )

    def check(self, rate: int) -> None:
        """Raise what the checks of the steps raise."""
        for step in self.steps:
            step.check(rate)

    def __call__(
        self, waveforms: np.ndarray, seeds: np.ndarray, rate: int, *, threads: int | None = None
    ) -> np.ndarray:
        """Return float32 (batch, samples), each clip changed by the step that its seed chooses."""
        waveforms, seeds = check_batch(waveforms, seeds)
        waveforms = waveforms.copy()
        count = len(self.steps)
        bounds = np.cumsum(self.shares) if self.shares else np.arange(1, count + 1) / max(count, 1)
        choices = np.searchsorted(bounds, uniforms(stream(seeds, CHOICE), 1)[:, 0], side="right")
        for index, step in enumerate(self.steps):
            chosen = np.flatnonzero(choices == index)
            if len(chosen):
                step_seeds = stream(stream(seeds[chosen], STEP), index)
                waveforms[chosen] = step(waveforms[chosen], step_seeds, rate, threads=threads)
        return waveforms
