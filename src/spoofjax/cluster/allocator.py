"""Memory allocation under glibc: keeping freed buffers makes training on CPUs much faster."""

from __future__ import annotations

import ctypes
import os
import platform

# mallopt parameter numbers of glibc's malloc.h.
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_TOP_PAD = -2
_M_MMAP_MAX = -4
_M_ARENA_MAX = -8
_NEVER = 2**31 - 1
_DISABLED = -1


def keep_freed_memory(one_arena: bool = True) -> bool:
    """Tell glibc not to return large freed buffers to the kernel; return whether it took effect.

    XLA allocates the buffers of a step again at every step. By default glibc maps and unmaps each
    of them, and the page faults cost more than some of the arithmetic. Without glibc, or with
    another allocator preloaded, this does nothing and returns False.

    Freed buffers are reused only where the next one fits, so a process that makes buffers of
    gigabytes, such as the step of a large encoder, may grow to twice what they need.

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
    return all(
        mallopt(ctypes.c_int(parameter), ctypes.c_int(value)) == 1 for parameter, value in settings
    )
