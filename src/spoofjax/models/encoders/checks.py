"""Checks of an encoder's fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spoofjax.errors import ConfigError

if TYPE_CHECKING:
    from spoofjax.models.encoders.encoder import Encoder

SIZES = ("width", "full_depth", "heads", "inner", "position_kernel", "position_groups")
SPANS = ("mask_time_length", "mask_feature_length")
RATES = (
    "layer_drop",
    "dropout",
    "attention_dropout",
    "activation_dropout",
    "projection_dropout",
    "mask_time_prob",
    "mask_feature_prob",
)


def check(encoder: Encoder) -> None:
    """Raise ConfigError where a field is out of range or contradicts another."""
    kind = type(encoder).__name__
    for name in (*SIZES, *SPANS):
        if getattr(encoder, name) < 1:
            raise ConfigError(f"{name} of {kind} must be >= 1, not {getattr(encoder, name)}.")
    for name in RATES:
        if not 0 <= getattr(encoder, name) < 1:
            raise ConfigError(
                f"{name} of {kind} must be at least 0 and below 1, not {getattr(encoder, name)}."
            )
    if encoder.layers is not None and not 1 <= encoder.layers <= encoder.full_depth:
        raise ConfigError(
            f"layers={encoder.layers}: this {kind} has {encoder.full_depth} layers, of which the "
            f"first 1 to {encoder.full_depth} can be used."
        )
    for name in ("heads", "position_groups"):
        if encoder.width % getattr(encoder, name):
            raise ConfigError(
                f"{name}={getattr(encoder, name)} of {kind} does not divide its width of "
                f"{encoder.width}."
            )
    counts = {len(encoder.channels), len(encoder.kernels), len(encoder.strides)}
    if len(counts) > 1 or counts == {0}:
        raise ConfigError(
            f"channels, kernels and strides of {kind} must have one number for each convolution; "
            f"they have {len(encoder.channels)}, {len(encoder.kernels)} and "
            f"{len(encoder.strides)}."
        )
    if min(*encoder.channels, *encoder.kernels, *encoder.strides) < 1:
        raise ConfigError(f"channels, kernels and strides of {kind} must be >= 1.")
