"""Waveform to frames: the front ends, computed by the C kernel (no jax is imported here)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spoofjax.features.front_end import (
    LFCC,
    LogLinear,
    LogMel,
    LogSpectrogram,
    Waveform,
)

if TYPE_CHECKING:
    from spoofjax.features._framed import available_simd_levels, simd_level

__all__ = [
    "LFCC",
    "LogLinear",
    "LogMel",
    "LogSpectrogram",
    "Waveform",
    "available_simd_levels",
    "simd_level",
]


def __getattr__(name: str):
    """Load the compiled kernel only when it is asked about or used."""
    if name in ("available_simd_levels", "simd_level"):
        from spoofjax.features import _framed

        return getattr(_framed, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
