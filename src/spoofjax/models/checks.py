"""Checks of the numbers in a model's configuration; no jax here."""

from __future__ import annotations

from typing import Literal

from spoofjax.config import Model
from spoofjax.errors import ConfigError

Precision = Literal["float32", "bfloat16"]


def check_positive(model: Model, *names: str) -> None:
    """Raise ConfigError unless the named fields, or all elements of them, are above zero."""
    for name in names:
        value = getattr(model, name)
        values = value if isinstance(value, tuple) else (value,)
        if not values or min(values) < 1:
            raise ConfigError(f"model.{name} of {type(model).__name__} must be >= 1, not {value}.")


def check_rate(model: Model, name: str = "dropout") -> None:
    """Raise ConfigError unless the named field is a probability below one."""
    value = getattr(model, name)
    if not 0 <= value < 1:
        raise ConfigError(
            f"model.{name} of {type(model).__name__} must be at least 0 and below 1, not {value}."
        )


def check_bins(model: Model, coefficients: int, pooled: int) -> None:
    """Raise ConfigError where pooling over frequency would leave no bin."""
    if coefficients < pooled:
        raise ConfigError(
            f"{type(model).__name__} pools {pooled} coefficients into one, but the front end gives "
            f"only {coefficients}. Use more coefficients or smaller pools."
        )
