"""Analysis and synthesis by WORLD, through the package pyworld (extra `world`)."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.errors import ConfigError
from spoofjax.synthesis.attack import RATE, WaveformAttack, check

LEAST_SAMPLES = RATE // 10
"""Shorter clips are analysed with zeros behind them: the pitch needs some periods."""


@dataclass(frozen=True)
class World(WaveformAttack):
    """Keeps pitch, envelope and aperiodicity, and makes speech from them alone.

    Morise, Yokomori and Ozawa, "WORLD: a vocoder-based high-quality speech synthesis system for
    real-time applications", IEICE Transactions E99-D(7), 2016. Many statistical systems of speech
    synthesis and voice conversion end with it.
    """

    semitones: tuple[float, float] = (0.0, 0.0)
    """Range of the pitch shift; half of the copies are lowered by it."""

    def __post_init__(self) -> None:
        check(self, "semitones", 0, 12)
        if self.semitones[0] > self.semitones[1]:
            raise ConfigError("World: the first number of a range must not be the larger.")

    def synthesize(self, samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
        world = _pyworld()
        shift = generator.uniform(*self.semitones) * (1 if generator.random() < 0.5 else -1)
        clip = np.zeros(max(len(samples), LEAST_SAMPLES))
        clip[: len(samples)] = samples
        pitch, times = world.dio(clip, RATE)
        pitch = world.stonemask(clip, pitch, times, RATE)
        envelope = world.cheaptrick(clip, pitch, times, RATE)
        aperiodicity = world.d4c(clip, pitch, times, RATE)
        copy = world.synthesize(pitch * 2 ** (shift / 12), envelope, aperiodicity, RATE)
        return np.pad(copy, (0, max(len(samples) - len(copy), 0)))[: len(samples)]


def _pyworld() -> Any:
    if importlib.util.find_spec("pyworld") is None:
        raise ConfigError(
            "The attack World needs pyworld, which is not installed (pip install "
            "'spoofjax[world]'). Install it, or leave World out."
        )
    import pyworld  # type: ignore[import-not-found]  # extra `world`

    return pyworld
