"""The LSTM in C for one CPU device: the maths of recurrent.lstm, two to three times as fast.

Not used over several devices, where XLA could not split it along the batch, nor for what is
exported, which must run anywhere.
"""

from __future__ import annotations

import functools
import os
from typing import Any

import jax
import jax.numpy as jnp

LANES = {"avx2": 8, "avx512": 16}
UNITS = 16
"""Units of a layer must be a multiple of this."""


def available(dtype: str, units: int) -> bool:
    """Return whether a layer of so many units may use the C LSTM in this process."""
    devices = jax.devices()
    return (
        dtype == "float32"
        and units % UNITS == 0
        and len(devices) == 1
        and devices[0].platform == "cpu"
        and _registered()
    )


@functools.cache
def _registered() -> bool:
    """Make the handlers known to XLA; return whether there are any for this processor."""
    try:
        from spoofjax.features import simd_level
        from spoofjax.models.layers import _recurrent  # type: ignore[import-not-found]
    except ImportError:  # built without jaxlib's headers or a C++ compiler
        return False
    lanes = LANES.get(simd_level())
    if lanes is None:
        return False
    for name, handler in _recurrent.handlers(len(os.sched_getaffinity(0)), lanes).items():
        jax.ffi.register_ffi_target(f"spoofjax_lstm_{name}", handler, platform="cpu")
    return True


@functools.partial(jax.custom_vjp, nondiff_argnums=(5,))
def native_lstm(
    x: jax.Array,
    kernel: jax.Array,
    recurrent: jax.Array,
    bias: jax.Array,
    lengths: jax.Array,
    reverse: bool = False,
) -> jax.Array:
    """Run an LSTM from zero state over float32 (batch, frames, inputs).

    Returns (batch, frames, units). Weights and gate order as in recurrent.lstm; `lengths` are
    int32 (batch,). Beyond its length an utterance's output and state are zero. Only where
    `available` says so.
    """
    y = jax.ShapeDtypeStruct((*x.shape[:2], recurrent.shape[0]), jnp.float32)
    return _call("score", y)(x, kernel, recurrent, bias, lengths, reverse=reverse)


def _call(name: str, results: Any) -> Any:
    return jax.ffi.ffi_call(f"spoofjax_lstm_{name}", results, vmap_method="sequential")


def _forward(x, kernel, recurrent, bias, lengths, reverse):
    units = recurrent.shape[0]
    shapes = [jax.ShapeDtypeStruct((*x.shape[:2], n * units), jnp.float32) for n in (1, 4, 1)]
    arguments = x, kernel, recurrent, bias, lengths
    y, gates, cells = _call("forward", shapes)(*arguments, reverse=reverse)
    return y, (arguments, y, gates, cells)


def _backward(reverse, residual, dy):
    arguments, y, gates, cells = residual
    weights = arguments[1:4]
    shapes = [jax.ShapeDtypeStruct(part.shape, jnp.float32) for part in (gates, *weights)]
    found = _call("backward", shapes)(*arguments, y, gates, cells, dy, reverse=reverse)
    dz, *d_weights = found
    return dz @ arguments[1].T, *d_weights, None


native_lstm.defvjp(_forward, _backward)
