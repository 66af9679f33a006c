"""Initial values of an encoder's matrices."""

from __future__ import annotations

import math

import numpy as np

from spoofjax.models.layers.initial import Draw, aligned, he_normal


def matrix(fan_in: int, fan_out: int, *, is_random: bool) -> Draw:
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010), drawn in float32.

    Zeros, which take no time and hardly any memory, where weights replace them (not `is_random`).
    """
    if not is_random:
        return lambda generator, shape: aligned(shape)
    limit = np.float32(math.sqrt(6 / (fan_in + fan_out)))

    def draw(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
        values = generator.random(shape, np.float32)
        values -= np.float32(0.5)
        values *= 2 * limit
        return values

    return draw


def convolution(fan_in: int, *, is_random: bool) -> Draw:
    """Normal with variance 2 / fan_in (He et al., 2015); ones where weights replace them."""
    if is_random:
        return he_normal(fan_in)
    return lambda generator, shape: np.ones(shape, np.float32)
