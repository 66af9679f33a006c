"""The processor as the kernels see it: which of their builds it can run, and on how many cores."""

from __future__ import annotations

import os

from spoofjax.errors import ConfigError, nearest

LEVELS = ("baseline", "avx2", "avx512")
"""Names of the kernels' builds, slowest first, in the order of csrc/base/processor.h."""


def available_simd_levels() -> tuple[str, ...]:
    """Return the builds of the kernels that this processor can run, slowest first."""
    # The compiled module is loaded only when it is needed.
    from spoofjax._processor import runs  # type: ignore[import-not-found]

    return tuple(name for level, name in enumerate(LEVELS) if runs(level))


def simd_level() -> str:
    """Return the build in use: the fastest, or the one that SPOOFJAX_SIMD names.

    Raises ConfigError where the variable names a build that does not exist or cannot run here.
    """
    available = available_simd_levels()
    wanted = os.environ.get("SPOOFJAX_SIMD", "").strip().lower()
    if not wanted:
        return available[-1]
    if wanted not in available:
        raise ConfigError(
            f"SPOOFJAX_SIMD={wanted}: this processor runs {', '.join(available)}."
            f"{nearest(wanted, available)} Unset the variable to use the fastest."
        )
    return wanted


def available_cores() -> int:
    """Return the number of cores that this process may use: those in its affinity mask."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
