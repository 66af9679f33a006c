"""Checks of the options of augmentations, and the call of a kernel."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from spoofjax.config import Augmentation
from spoofjax.errors import AudioError, ConfigError
from spoofjax.processor import available_cores, simd_level


def check_ranges(
    part: Augmentation, *names: str, least: float = -math.inf, most: float = math.inf
) -> None:
    """Raise ConfigError unless each field is a pair of finite numbers within least .. most."""
    for name in names:
        value = getattr(part, name)
        is_pair = isinstance(value, tuple) and len(value) == 2
        if not is_pair or not all(math.isfinite(v) and least <= v <= most for v in value):
            bounds = "" if math.isinf(least) else f" from {least:g} on"
            raise ConfigError(
                f"{type(part).__name__}: {name}={value!r} must be a pair of numbers{bounds}, such "
                f"as {type(part).__dataclass_fields__[name].default}."
            )


def check_probabilities(part: Augmentation, *names: str) -> None:
    """Raise ConfigError unless each field lies from 0 to 1."""
    for name in names:
        value = getattr(part, name)
        if not 0 <= value <= 1:
            raise ConfigError(f"{type(part).__name__}: {name}={value!r} must lie from 0 to 1.")


def check_at_least(part: Augmentation, least: int, *names: str) -> None:
    """Raise ConfigError unless each field is an integer from `least` to 64."""
    for name in names:
        value = getattr(part, name)
        if not isinstance(value, int) or not least <= value <= 64:
            raise ConfigError(
                f"{type(part).__name__}: {name}={value!r} must be an integer from {least} to 64."
            )


def check_batch(waveforms: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return contiguous float32 (batch, samples) and uint64 (batch,), or raise AudioError."""
    waveforms = np.ascontiguousarray(waveforms, np.float32)
    seeds = np.ascontiguousarray(seeds, np.uint64)
    if waveforms.ndim != 2 or seeds.shape != waveforms.shape[:1]:
        raise AudioError(
            f"Augmentation takes waveforms (batch, samples) and one seed per clip, not "
            f"{waveforms.shape} and {seeds.shape}."
        )
    return waveforms, seeds


def run(
    kernel: Callable[..., None],
    part: Augmentation,
    waveforms: np.ndarray,
    seeds: np.ndarray,
    rate: int,
    threads: int | None,
) -> np.ndarray:
    """Return a batch changed by a function of _augment, in the build that is in use."""
    waveforms, seeds = check_batch(waveforms, seeds)
    out = np.empty_like(waveforms)
    threads = threads or available_cores()
    kernel(waveforms, out, seeds, float(rate), part, simd_level(), threads)
    return out
