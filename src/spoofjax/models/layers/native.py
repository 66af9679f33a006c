"""Layers in C for one CPU device: XLA's maths in a fraction of the time.

Not used over several devices, where XLA could not split them along the batch, nor for what is
exported, which must run anywhere.
"""

from __future__ import annotations

import functools
from typing import Any

import jax

from spoofjax.processor import available_cores, simd_level

LANES = {"avx2": 8, "avx512": 16}


def available(dtype: str) -> bool:
    """Return whether layers that compute in `dtype` may run in C in this process."""
    devices = jax.devices()
    return (
        dtype == "float32" and len(devices) == 1 and devices[0].platform == "cpu" and _registered()
    )


@functools.cache
def _registered() -> bool:
    """Make the handlers known to XLA; return whether there are any for this processor."""
    try:
        from spoofjax.models.layers import _layers  # type: ignore[import-not-found]
    except ImportError:  # built without jaxlib's headers or a C++ compiler
        return False
    lanes = LANES.get(simd_level())
    if lanes is None:
        return False
    for name, handler in _layers.handlers(available_cores(), lanes).items():
        jax.ffi.register_ffi_target(f"spoofjax_{name}", handler, platform="cpu")
    return True


def call(name: str, results: Any) -> Any:
    """Return a function of arrays and attributes that calls a handler of csrc/layers/ffi.cc."""
    return jax.ffi.ffi_call(f"spoofjax_{name}", results, vmap_method="sequential")
