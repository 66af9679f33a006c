"""Layers in C for one CPU device: the computation of XLA's layers in a fraction of the time.

They are not used on several devices, because XLA cannot split them along the batch, nor in
exported programs, which must run anywhere.
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
    """Register the handlers with XLA; return whether this processor can run them."""
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
