"""Random keys derived by the host: to the bit those that jax derives.

Threefry (Salmon et al., 2011, "Parallel random numbers: as easy as 1, 2, 3") for the handful of
keys that a model's initial values take is microseconds of work. Through jax it is five programs to
trace, lower and load: a tenth of a second before step 1.
"""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
from flax import nnx
from jax.core import Tracer

THREEFRY = "threefry2x32"
ROTATIONS = ((13, 15, 26, 6), (17, 29, 16, 24))
WORD = 2**32 - 1


def run_key(seed: int) -> jax.Array:
    """Return jax.random.key(seed)."""
    settings: Any = jax.config
    if settings.jax_default_prng_impl != THREEFRY or not 0 <= seed < 2**31:
        return jax.random.key(seed)
    return _key_of(0, seed)


class HostRngs(nnx.Rngs):
    """nnx.Rngs(seed): one stream under every name, with the same keys."""

    def __init__(self, seed: int):
        self.default = _HostStream(run_key(seed))


class _HostStream(nnx.RngStream):
    def __init__(self, key: jax.Array, *, tag: str = "default"):
        self.tag = tag
        self.key = nnx.RngKey(key, tag=tag)
        self.count = nnx.RngCount(jax.device_put(np.zeros(key.shape, np.uint32)), tag=tag)

    def __call__(self) -> jax.Array:
        key, count = self.key.get_value(), self.count.get_value()
        traced = isinstance(key, Tracer) or isinstance(count, Tracer)
        if traced or key.ndim or jax.random.key_impl(key) != THREEFRY:
            return super().__call__()
        first, second = np.asarray(jax.random.key_data(key)).tolist()
        self.count.set_value(jax.device_put(np.uint32(int(count) + 1)))
        return _key_of(*threefry((first, second), (0, int(count))))


def _key_of(*words: int) -> jax.Array:
    data: Any = np.array(words, np.uint32)
    return jax.random.wrap_key_data(data, impl=THREEFRY)


def threefry(key: tuple[int, int], words: tuple[int, int]) -> tuple[int, int]:
    """Encrypt two 32-bit words by Threefry-2x32 of 20 rounds."""
    keys = (*key, key[0] ^ key[1] ^ 0x1BD11BDA)
    a, b = (words[0] + keys[0]) & WORD, (words[1] + keys[1]) & WORD
    for turn in range(5):
        for rotation in ROTATIONS[turn % 2]:
            a = (a + b) & WORD
            b = ((b << rotation | b >> 32 - rotation) & WORD) ^ a
        a = (a + keys[(turn + 1) % 3]) & WORD
        b = (b + keys[(turn + 2) % 3] + turn + 1) & WORD
    return a, b
