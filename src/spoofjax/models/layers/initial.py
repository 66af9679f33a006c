"""Initial values of parameters, drawn by numpy so that building a model compiles nothing.

Drawing with jax takes a compilation of about half a second on a CPU for each new shape, more than
everything else at the start of a small model. Even jnp.asarray compiles a copy for each shape.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax.core import Tracer

from spoofjax.blas import one_blas_thread

ALIGNMENT = 64
"""Bytes."""

Draw = Callable[[np.random.Generator, tuple[int, ...]], np.ndarray]


def parameter(rngs: nnx.Rngs, shape: tuple[int, ...], draw: Draw) -> nnx.Param:
    """Return a float32 parameter of `shape` whose values depend only on the next key of `rngs`.

    Works eagerly, where numpy is called directly, and under jax.eval_shape and jax.jit.
    """

    def host(key: np.ndarray) -> np.ndarray:
        values = draw(np.random.default_rng(np.asarray(key)), shape)
        return values.astype(np.float32, copy=False)

    key = jax.random.key_data(rngs.params())
    if not isinstance(key, Tracer):
        return nnx.Param(jax.device_put(host(np.asarray(key))))
    return nnx.Param(jax.pure_callback(host, jax.ShapeDtypeStruct(shape, jnp.float32), key))


def constant(shape: tuple[int, ...], value: float | np.ndarray) -> nnx.Param:
    """Return a float32 parameter with the given initial value."""
    return nnx.Param(jax.device_put(np.full(shape, value, np.float32)))


def glorot_uniform(fan_in: int, fan_out: int) -> Draw:
    """Uniform with variance 2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""
    limit = math.sqrt(6 / (fan_in + fan_out))
    return lambda generator, shape: generator.uniform(-limit, limit, shape)


def he_normal(fan_in: int) -> Draw:
    """Normal with variance 2 / fan_in, for layers that feed a ReLU (He et al., 2015)."""
    deviation = math.sqrt(2 / fan_in)
    return lambda generator, shape: generator.normal(0, deviation, shape)


def normal(deviation: float) -> Draw:
    """Normal with mean zero."""
    return lambda generator, shape: generator.normal(0, deviation, shape)


def orthogonal_blocks(generator: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw (n, k n): k random orthogonal matrices side by side (Saxe et al., 2014)."""
    rows, columns = shape
    blocks = []
    with one_blas_thread():
        for _ in range(columns // rows):
            q, r = np.linalg.qr(generator.normal(size=(rows, rows)))
            blocks.append(q * np.sign(np.diag(r)))
    return np.concatenate(blocks, axis=1)


def aligned(shape: tuple[int, ...], make: Callable[..., np.ndarray] = np.zeros) -> np.ndarray:
    """Return a float32 array that jax takes over on a CPU without copying it.

    XLA wants the first element at a multiple of 64 bytes. `make` is np.zeros or np.empty. Zeros
    take memory only where something is written to them.
    """
    size = math.prod(shape)
    room = make(size + ALIGNMENT // 4, np.float32)
    start = -room.ctypes.data % ALIGNMENT // 4
    return room[start : start + size].reshape(shape)
