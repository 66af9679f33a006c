"""Memory allocation under glibc: keeping freed buffers makes training on CPUs much faster."""

from __future__ import annotations

import ctypes
import os
import platform
from pathlib import Path

from spoofjax.memory import usable_memory

# mallopt parameter numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_TOP_PAD = -2
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8
_NEVER = 2**31 - 1
_DISABLED = -1
LARGE_SHARE = 0.5
"""Share of the usable memory up to which a process keeps what it freed."""
_PAGE = os.sysconf("SC_PAGE_SIZE")
_limit: int | None = None
"""Bytes from which freed memory is given back, by the whole process; None while nothing is kept."""


def keep_freed_memory(one_arena: bool = True) -> bool:
    """Tell glibc not to return large freed buffers to the kernel; return whether it took effect.

    XLA allocates the buffers of a step again at every step. By default glibc maps and unmaps each
    of them, and the page faults cost more than some of the arithmetic. Without glibc, or with
    another allocator preloaded, this does nothing and returns False.

    Freed buffers are reused only where the next one fits, so a process that makes buffers of
    gigabytes, such as the step of a large encoder, may grow to several times what they need:
    `return_excess` bounds that.

    Call it before the first use of jax's devices. Threads that start earlier have arenas of their
    own of at most 64 MB, and glibc maps any larger buffer regardless of these settings; threads
    that start later share the one arena set here. Without `one_arena` every thread keeps its own:
    on accelerators the buffers of steps are not on the host, and the threads of a compiler, one a
    core, would wait for each other at every allocation.
    """
    if platform.libc_ver()[0] != "glibc" or "malloc" in os.environ.get("LD_PRELOAD", ""):
        return False
    libc = ctypes.CDLL(None)
    try:
        mallopt = libc.mallopt
    except AttributeError:
        return False
    settings = [
        (_M_MMAP_THRESHOLD, _NEVER),
        # The thresholds end at 2 GiB, and the step of a large encoder needs more in one buffer.
        (_M_MMAP_MAX, 0),
        (_M_TRIM_THRESHOLD, _DISABLED),
        (_M_TOP_PAD, 64 * 2**20),
    ]
    if one_arena:
        settings.append((_M_ARENA_MAX, 1))
    is_kept = all(
        mallopt(ctypes.c_int(parameter), ctypes.c_int(value)) == 1 for parameter, value in settings
    )
    if is_kept:
        global _limit
        _limit = int(LARGE_SHARE * usable_memory())
    return is_kept


def return_excess() -> None:
    """Give freed memory back to the kernel if this process holds half of what it may use.

    Call it after every step: it takes microseconds where there is nothing to do, which is always so
    without `keep_freed_memory`.
    """
    if _limit is not None and resident_bytes() > _limit:
        ctypes.CDLL(None).malloc_trim(ctypes.c_size_t(0))


def resident_bytes() -> int:
    """Return the memory that this process holds, on Linux."""
    return int(Path("/proc/self/statm").read_bytes().split()[1]) * _PAGE
