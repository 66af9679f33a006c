"""Fields that the models of waveforms have in common, and their checks."""

from __future__ import annotations

from typing import Any, Literal

from spoofjax.errors import ConfigError

Score = Literal["difference", "bonafide", "log_probability"]
"""The score of a model with two logits: the logit of bona fide minus that of spoof, whose binary
cross-entropy is the cross-entropy of both logits; the logit of bona fide alone; or the logarithm of
the probability of bona fide. Published models use the last two for their scores."""


def check_waveform(model: Any, coefficients: int) -> None:
    """Raise ConfigError unless the front end gives samples."""
    if coefficients != 1:
        raise ConfigError(
            f"{type(model).__name__} reads samples, but the front end gives {coefficients} "
            "coefficients. Set front_end=Waveform()."
        )


def check_filters(model: Any, least: int) -> None:
    """Raise ConfigError for fewer sinc filters than `least` or an even number of taps."""
    name = type(model).__name__
    if model.filters < least:
        raise ConfigError(f"model.filters of {name} must be >= {least}, not {model.filters}.")
    if model.taps < 3 or model.taps % 2 == 0:
        raise ConfigError(f"model.taps of {name} must be odd and >= 3, not {model.taps}.")


def check_shares(model: Any, *names: str) -> None:
    """Raise ConfigError unless the named shares are above 0 and at most 1."""
    for name in names:
        shares = getattr(model, name)
        if not all(0 < share <= 1 for share in shares):
            raise ConfigError(
                f"model.{name} of {type(model).__name__} must be above 0 and at most 1, "
                f"not {shares}."
            )


def check_silenced(model: Any) -> None:
    """Raise ConfigError where more filters would be silenced than there are."""
    if not 0 <= model.silenced <= model.filters:
        raise ConfigError(
            f"model.silenced of {type(model).__name__} must be 0 to filters ({model.filters}), "
            f"not {model.silenced}."
        )
