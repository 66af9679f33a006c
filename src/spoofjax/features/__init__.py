"""Waveform to frames: the front ends, computed by the C kernel (no jax is imported here)."""

from spoofjax.features.embeddings import Embeddings
from spoofjax.features.front_end import (
    LFCC,
    LogLinear,
    LogMel,
    LogSpectrogram,
    Waveform,
)
from spoofjax.processor import available_simd_levels, simd_level

__all__ = [
    "LFCC",
    "Embeddings",
    "LogLinear",
    "LogMel",
    "LogSpectrogram",
    "Waveform",
    "available_simd_levels",
    "simd_level",
]
