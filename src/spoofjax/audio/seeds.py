"""Seeds of draws: every random choice about a drawn example is a function of (seed, draw) alone.

One generator serves everything, in numpy here and in C in csrc/audio/random.h: value k of stream s
is splitmix64's finaliser of s + (k + 1) * GAMMA. Such a counter-based generator has no state, so no
choice depends on the batch, the worker or the order of calls. Reference: Steele, Lea and Flood,
"Fast splittable pseudorandom number generators", OOPSLA 2014 (constants: Stafford's variant 13).
"""

from __future__ import annotations

import numpy as np

GAMMA = np.uint64(0x9E3779B97F4A7C15)
"""The odd integer nearest 2^64 / golden ratio: the step between counters."""

Seeds = np.ndarray | np.integer | int
"""uint64 values of any shape, one seed each."""

CROP, STEP, SHUFFLE, SCHEDULE, REFERENCE, COPY, SPLICE, DONOR = range(1, 9)
"""Tags of the streams used in Python; the C kernels use tags from 16 on."""


def mix(values: np.ndarray) -> np.ndarray:
    """Return splitmix64's finaliser of uint64 values: a bijection in which every bit matters."""
    z = np.asarray(values, np.uint64)
    with np.errstate(over="ignore"):
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def draw_seeds(seed: int, draws: np.ndarray | int) -> np.ndarray:
    """Return the uint64 seed of each draw: mix(mix(seed) + (draw + 1) * GAMMA).

    `draws` holds integers >= 0 of any shape, draw = step x global batch + slot; `seed` is any
    integer, taken modulo 2^64. Different draws of one seed never share a value.
    """
    start = mix(np.array([seed % 2**64], np.uint64))
    return stream_values(start, np.asarray(draws))[0]


def stream(seeds: Seeds, tag: int) -> np.ndarray:
    """Return uint64 seeds of the independent stream `tag` (a small integer) of each seed."""
    return stream_values(np.asarray(seeds, np.uint64), np.array(tag))


def stream_values(seeds: Seeds, counters: np.ndarray) -> np.ndarray:
    """Return uint64 seeds.shape + counters.shape: each stream's values at `counters` (>= 0)."""
    counters = np.asarray(counters).astype(np.uint64)
    seeds = np.asarray(seeds, np.uint64)
    with np.errstate(over="ignore"):
        steps = (counters + np.uint64(1)) * GAMMA
        return mix(seeds.reshape(seeds.shape + (1,) * steps.ndim) + steps)


def uniforms(seeds: Seeds, count: int) -> np.ndarray:
    """Return float64 seeds.shape + (count,) in [0, 1): the first `count` values of each stream."""
    values = stream_values(np.asarray(seeds, np.uint64), np.arange(count))
    return (values >> np.uint64(11)).astype(np.float64) * 2.0**-53


def uniform(seed: int, tag: int) -> float:
    """Return the first value of stream `tag` of one seed: uniforms(stream(seed, tag), 1)[0].

    Plain integers are some twenty times as fast for a single value as arrays of one element.
    """
    start = _mix_one(int(seed) + (tag + 1) * _GAMMA)
    return (_mix_one(start + _GAMMA) >> 11) * 2.0**-53


_GAMMA, _WORD = int(GAMMA), 2**64 - 1


def _mix_one(z: int) -> int:
    z &= _WORD
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & _WORD
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & _WORD
    return z ^ (z >> 31)


def normals(seed: Seeds, count: int) -> np.ndarray:
    """Return float64 (count,) independent normal values of one stream.

    Box and Muller's transform of a word's two 24-bit numbers; the sines follow after all cosines.
    """
    half = -(-count // 32) * 16
    words = stream_values(np.asarray(seed, np.uint64), np.arange(half))
    radius = np.sqrt(-2 * np.log(((words >> np.uint64(40)).astype(np.float64) + 1) * 2.0**-24))
    angle = ((words >> np.uint64(16)) & np.uint64(0xFFFFFF)).astype(np.float64) * (np.pi * 2.0**-23)
    return np.concatenate([radius * np.cos(angle), radius * np.sin(angle)])[:count]
