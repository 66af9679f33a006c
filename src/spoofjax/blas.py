"""The threads of the BLAS library that numpy calls."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

_SPELLINGS = (
    "scipy_openblas_{}_num_threads64_",
    "openblas_{}_num_threads64_",
    "scipy_openblas_{}_num_threads",
    "openblas_{}_num_threads",
)
"""Names of OpenBLAS's functions in numpy's wheels and in other builds."""
_lock = threading.Lock()


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Run numpy's linear algebra in the calling thread, for matrices too small to be shared.

    OpenBLAS divides even such matrices over all cores, and its threads spin while they wait for
    each other. Where other programs use the cores, that takes many times as long as one thread
    alone. With another library than OpenBLAS this does nothing.
    """
    functions = _openblas()
    if functions is None:
        yield
        return
    get_threads, set_threads = functions
    # The number belongs to the process, so two callers must not restore it in the wrong order.
    with _lock:
        threads = get_threads()
        set_threads(1)
        try:
            yield
        finally:
            set_threads(threads)


@cache
def _openblas() -> tuple[Callable[[], int], Callable[[int], None]] | None:
    """Return the functions that get and set the threads of the loaded OpenBLAS, or None."""
    for path in _loaded_libraries("openblas"):
        library = ctypes.CDLL(path)
        for spelling in _SPELLINGS:
            get_threads = getattr(library, spelling.format("get"), None)
            set_threads = getattr(library, spelling.format("set"), None)
            if get_threads is not None and set_threads is not None:
                set_threads.restype = None
                return get_threads, set_threads
    return None


def _loaded_libraries(name: str) -> list[str]:
    """Return the paths of loaded libraries whose file name contains `name`; Linux only."""
    try:
        lines = Path("/proc/self/maps").read_text().splitlines()
    except OSError:
        return []
    paths = {line.split(maxsplit=5)[5] for line in lines if name in line.rpartition("/")[2]}
    return sorted(path for path in paths if ".so" in path and not path.endswith(" (deleted)"))
