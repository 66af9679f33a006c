"""Lines that decoders print about damaged files: kept off the terminal and counted.

libmpg123 prints by itself, hundreds of lines for one damaged MP3, and libsndfile has no switch for
it. It prints through the `stderr` of the C library. While MP3 is decoded, that stream leads into a
file in memory; Python's own sys.stderr, faulthandler and progress bars do not use it. What other
libraries write there meanwhile is passed on. Only glibc lets `stderr` be replaced; with another C
library the lines are printed.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import fcntl
import logging
import os
import re
import threading
from collections.abc import Iterator

log = logging.getLogger("spoofjax")
DECODER_LINE = re.compile(rb"^(\[.*mpg123|warning:|note:|error:|\s*$)", re.IGNORECASE)
"""How libmpg123's lines begin."""
UNBUFFERED = 2
"""_IONBF of the C library."""
MOST_BYTES = 1 << 20
"""Where more has been printed, it is counted although other threads still decode."""


class DecoderNoise:
    """Catches and counts the lines of decoders; one for the whole process, as its stderr is one."""

    def __init__(self) -> None:
        self.lines = 0
        """Lines counted so far."""
        self.files = 0
        """How many files they came from, at least: threads that decode together count as one."""
        self.first = ""
        """The first line, with the file that was being decoded."""
        self._lock = threading.Lock()
        self._users = 0
        self._capture: _Capture | None = None

    @contextlib.contextmanager
    def caught(self, path: str) -> Iterator[None]:
        """Context in which a decoder may print about the file at `path`."""
        with self._lock:
            self._users += 1
            if self._capture is None and _is_glibc():
                self._capture = _Capture()
                atexit.register(self.report)
            if self._capture and self._users == 1:
                self._capture.begin()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if self._capture and self._users == 0:
                    self._capture.end()
                if self._capture and (self._users == 0 or self._capture.size > MOST_BYTES):
                    self._count(self._capture.take(), path)

    def _count(self, text: bytes, path: str) -> None:
        lines = text.splitlines()
        others = [line for line in lines if not DECODER_LINE.match(line)]
        if others:
            os.write(2, b"\n".join(others) + b"\n")
        complaints = [line for line in lines if DECODER_LINE.match(line) and line.strip()]
        self.lines += len(complaints)
        self.files += bool(complaints)
        if complaints and not self.first:
            self.first = f"{path}: {complaints[0].decode(errors='replace').strip()}"

    def report(self) -> None:
        """Say in one line what was caught since the last report."""
        if self.lines:
            log.warning(
                "The MP3 decoder printed %d lines about damage in at least %d files. The first: %s",
                self.lines, self.files, self.first,
            )  # fmt: skip
        self.lines, self.files, self.first = 0, 0, ""


class _Capture:
    """A file in memory that takes the place of the C library's stderr."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self._stderr = ctypes.c_void_p.in_dll(library, "stderr")
        self._original = self._stderr.value
        self._file = os.memfd_create("decoder-noise")
        fcntl.fcntl(self._file, fcntl.F_SETFL, os.O_APPEND)
        library.fdopen.restype = ctypes.c_void_p
        self._stream = library.fdopen(self._file, b"a")
        library.setvbuf(ctypes.c_void_p(self._stream), None, UNBUFFERED, 0)

    def begin(self) -> None:
        """Let C code print into memory."""
        self._stderr.value = self._stream

    def end(self) -> None:
        """Let C code print to the terminal again."""
        self._stderr.value = self._original

    @property
    def size(self) -> int:
        """Bytes printed since the last `take`."""
        return os.fstat(self._file).st_size

    def take(self) -> bytes:
        """Return what was printed, and forget it."""
        size = self.size
        if size == 0:
            return b""
        text = os.pread(self._file, size, 0)
        os.ftruncate(self._file, 0)
        return text


def _is_glibc() -> bool:
    try:
        return bool(os.confstr("CS_GNU_LIBC_VERSION")) and hasattr(os, "memfd_create")
    except (ValueError, OSError, AttributeError):
        return False


NOISE = DecoderNoise()
