"""Freed memory stays with the process, however much it is."""

import platform
import subprocess
import sys

import pytest

KEEPS = """
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

RETURNS = """
import numpy

from spoofjax.cluster import allocator

assert allocator.keep_freed_memory()
size = 300 * 2**20
before, after = numpy.ones(size, numpy.int8), numpy.ones(2**20, numpy.int8)
del before  # what follows it in the heap is in use, so that its end cannot be cut off
held = allocator.resident_bytes()
assert held > size
allocator.return_excess()
assert allocator.resident_bytes() > held - 2**20, "that is far below half of the memory"
allocator._limit = size
allocator.return_excess()
assert allocator.resident_bytes() < held - 0.9 * size
"""

pytestmark = pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc has these settings"
)


def test_a_freed_buffer_of_three_gibibytes_is_kept():
    subprocess.run([sys.executable, "-c", KEEPS], check=True)


def test_a_process_that_holds_much_gives_back_what_it_freed():
    subprocess.run([sys.executable, "-c", RETURNS], check=True)
