"""Masks over features: random bands of coefficients and stretches of frames are hidden."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from spoofjax.audio.seeds import stream, uniforms
from spoofjax.config import Part
from spoofjax.errors import AudioError, ConfigError

PARAMETERS = 16
"""Tag of the random stream that a draw takes its masks from."""


@dataclass(frozen=True)
class Masking(Part):
    """SpecAugment without its time warping (Park et al., Interspeech 2019) on each clip's features.

    The width of a mask is uniform over 0 .. its maximum, its position over all that fit.
    """

    probability: float = 0.6
    """Share of the clips that are masked."""
    bands: int = 1
    """Masks over coefficients."""
    band_width: int = 8
    """Maximum number of coefficients under one mask."""
    stretches: int = 1
    """Masks over frames."""
    stretch_width: int = 10
    """Maximum number of frames under one mask."""
    fill: Literal["mean", "zero"] = "mean"
    """Value of masked features: the mean of the clip (for spectra), or 0 (for cepstra)."""

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ConfigError(f"Masking: probability={self.probability} must lie from 0 to 1.")
        for name in ("bands", "band_width", "stretches", "stretch_width"):
            if getattr(self, name) < 0:
                raise ConfigError(f"Masking: {name}={getattr(self, name)} must be 0 or more.")
        if self.fill not in ("mean", "zero"):
            raise ConfigError(f"Masking: fill={self.fill!r} must be 'mean' or 'zero'.")

    def __call__(self, features: np.ndarray, seeds: np.ndarray) -> np.ndarray:
        """Return masked float32 (batch, frames, coefficients), a copy.

        `seeds` is uint64 (batch,), one per clip. Raises AudioError for arrays of another shape.
        """
        features = np.array(features, np.float32)
        seeds = np.asarray(seeds, np.uint64)
        if features.ndim != 3 or seeds.shape != features.shape[:1]:
            raise AudioError(
                f"Masking takes features (batch, frames, coefficients) and one seed per clip, not "
                f"{features.shape} and {seeds.shape}."
            )
        draws = uniforms(stream(seeds, PARAMETERS), 1 + 2 * (self.bands + self.stretches))
        for clip, draw in zip(features, draws, strict=True):
            if draw[0] < self.probability:
                self._mask(clip, draw[1:].reshape(-1, 2))
        return features

    def _mask(self, clip: np.ndarray, draws: np.ndarray) -> None:
        frames, coefficients = clip.shape
        fill = clip.mean() if self.fill == "mean" and clip.size else 0.0
        for draw in draws[: self.bands]:
            clip[:, _stretch(coefficients, self.band_width, *draw)] = fill
        for draw in draws[self.bands :]:
            clip[_stretch(frames, self.stretch_width, *draw)] = fill


def _stretch(size: int, maximum: int, u: float, v: float) -> slice:
    width = min(int(u * (maximum + 1)), size)
    start = int(v * (size - width + 1))
    return slice(start, start + width)
