"""Freed memory stays with the process, however much it is."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes

from spoofjax.cluster.allocator import keep_freed_memory

libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.sbrk.restype, libc.sbrk.argtypes = ctypes.c_void_p, [ctypes.c_long]
assert keep_freed_memory()
buffer = libc.malloc(3 * 2**30)  # untouched, so it takes no memory
end = libc.sbrk(0)
libc.free(buffer)
assert libc.sbrk(0) == end
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these settings")
def test_a_freed_buffer_of_three_gibibytes_is_kept():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
