"""A finished detector whose judgement a run learns, beside the labels."""

from __future__ import annotations

from dataclasses import dataclass

from spoofjax.errors import ConfigError
from spoofjax.part import Part


@dataclass(frozen=True)
class Distillation(Part):
    """Knowledge distillation (Hinton, Vinyals and Dean, 2015): a small model learns from a big one.

    In each step the teacher hears the clips that the model hears, augmentation included, and the
    model learns its log-likelihood ratios, both divided by the temperature.
    """

    teacher: str | None = None
    """A finished run, an ensemble or an export; None: the model learns from the labels alone.
    `spoofjax train --teacher` sets it."""
    weight: float = 1.0
    """Weight of the teacher's judgement; the loss of the labels has the weight 1."""
    temperature: float = 2.0
    """What log odds are divided by; a higher one gives more weight to how sure the teacher is."""
    digest: str = ""
    """SHA-256 of the teacher's weights, which a run records, so that it resumes with no other."""

    def __post_init__(self) -> None:
        if self.weight <= 0 or self.temperature <= 0:
            raise ConfigError("distillation.weight and distillation.temperature must be positive.")
