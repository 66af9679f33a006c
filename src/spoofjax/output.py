"""Standard output whose errors say that they are its own, so that a message can name it."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from spoofjax.files import naming

NAME = Path("standard output")


class StandardOutput(io.TextIOWrapper):
    """Writes like the usual standard output; an OSError has its name as the path."""

    def write(self, text: str) -> int:
        """Write a text."""
        with naming(NAME):
            return super().write(text)

    def flush(self) -> None:
        """Write what is in the buffer."""
        with naming(NAME):
            super().flush()


def name_standard_output() -> None:
    """Let the errors of sys.stdout name it, from now on."""
    usual = sys.stdout
    if not isinstance(usual, io.TextIOWrapper):
        return  # There is none, or a test has replaced it.
    settings = {
        "encoding": usual.encoding,
        "errors": usual.errors,
        "line_buffering": usual.line_buffering,
        "write_through": usual.write_through,
    }
    sys.stdout = StandardOutput(usual.detach(), **settings)
