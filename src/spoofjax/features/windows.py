"""The windows that a frame is multiplied by: a name and its formula, in float64."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from spoofjax.errors import ConfigError, nearest

Window = Literal["hamming", "hann", "povey", "blackman", "rectangular"]
WINDOWS: tuple[str, ...] = get_args(Window)


def window(name: str, length: int, periodic: bool) -> np.ndarray:
    """Return the weights of a window, float64 (length,).

    A periodic window of N weights is a symmetric one of N + 1 without its last weight. 'povey',
    Kaldi's default, is hann to the power 0.85. Raises ConfigError for an unknown name.
    """
    last = length if periodic else max(length - 1, 1)
    angle = 2 * np.pi * np.arange(length) / last
    match name:
        case "hamming":
            return 0.54 - 0.46 * np.cos(angle)
        case "hann":
            return 0.5 - 0.5 * np.cos(angle)
        case "povey":
            return (0.5 - 0.5 * np.cos(angle)) ** 0.85
        case "blackman":
            return 0.42 - 0.5 * np.cos(angle) + 0.08 * np.cos(2 * angle)
        case "rectangular":
            return np.ones(length)
    choices = ", ".join(WINDOWS)
    raise ConfigError(f"window {name!r}: choose from {choices}.{nearest(name, WINDOWS)}")
