"""How much memory this process may use: that of the machine, or a smaller limit."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
"""Where Linux shows the limits of containers and of jobs under a scheduler."""


def usable_memory(cgroups: Path = CGROUPS, own: Path = Path("/proc/self/cgroup")) -> int:
    """Return the bytes that this process may use, without swap.

    This is the smallest of the machine's memory, the limits of the process's cgroups (version 1 and
    2) and its limit of address space (`ulimit -v`).
    """
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    address_space, _ = resource.getrlimit(resource.RLIMIT_AS)
    if address_space != resource.RLIM_INFINITY:
        limits.append(address_space)
    for file in _limit_files(cgroups, own):
        try:
            text = file.read_text().strip()
        except OSError:
            continue  # Not every level has a limit, and a container may not see those above it.
        if text.isdigit():  # version 2 writes 'max' for no limit
            limits.append(int(text))
    return min(limits)


def _limit_files(cgroups: Path, own: Path) -> Iterator[Path]:
    """Yield the files that may hold a limit: of the process's cgroups and of all above them."""
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return  # not Linux
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            roots, name = [cgroups, cgroups / "unified"], "memory.max"
        elif "memory" in controllers.split(","):
            roots, name = [cgroups / "memory"], "memory.limit_in_bytes"
        else:
            continue
        inner = Path(path.lstrip("/"))
        for root in roots:
            yield from (root / level / name for level in (inner, *inner.parents))


def in_gibibytes(count: float) -> str:
    """Return a number of bytes as text, such as '23.5 GiB'."""
    return f"{count / 2**30:,.1f} GiB"
