"""Standard output whose errors name it, and standard error whose errors end no command."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path
from typing import Any

from spoofjax.files import naming

NAME = Path("standard output")
STANDARD_ERROR = 2
"""The file descriptor of standard error."""


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


class StandardError(io.TextIOWrapper):
    """Writes like the usual standard error, but drops what cannot be written.

    What a command says there is progress and advice. A full disk under a log, or a reader that has
    ended, must not end a training run of days.
    """

    failure = ""
    """Why something was dropped, in the words of the system; '' as long as nothing was."""

    def write(self, text: str) -> int:
        """Write a text, or drop it."""
        try:
            return super().write(text)
        except OSError as error:
            self.failure = error.strerror or str(error)
            return len(text)

    def flush(self) -> None:
        """Write what is in the buffer, or keep it for later."""
        try:
            super().flush()
        except OSError as error:
            self.failure = error.strerror or str(error)


def name_standard_output() -> None:
    """Let the errors of sys.stdout name it, from now on."""
    usual = sys.stdout
    if not isinstance(usual, io.TextIOWrapper):
        return  # There is none, or a test has replaced it.
    settings = _settings(usual)
    sys.stdout = StandardOutput(usual.detach(), **settings)


def survive_standard_error() -> None:
    """Let no error of sys.stderr reach the command, from now on, even where there is no stderr."""
    usual = sys.stderr
    if usual is None:
        _occupy_standard_error()
        stream = StandardError(open(os.devnull, "wb"), line_buffering=True)  # noqa: SIM115
        stream.failure = os.strerror(errno.EBADF)
    elif isinstance(usual, io.TextIOWrapper):
        settings = _settings(usual)
        stream = StandardError(usual.detach(), **settings)
    else:
        return  # A test has replaced it.
    # The watchdog writes to the original stream, which has lost its buffer to the new one.
    sys.stderr = sys.__stderr__ = stream


def failure_of_standard_error() -> str:
    """Return why text for standard error was dropped; '' as long as none was."""
    return getattr(sys.stderr, "failure", "")


def _occupy_standard_error() -> None:
    """Open the descriptor of standard error where a shell has closed it (`2>&-`).

    The next file to be opened, such as a checkpoint, would get it, and then hold what C code prints
    to standard error.
    """
    try:
        os.fstat(STANDARD_ERROR)
    except OSError:
        sink = os.open(os.devnull, os.O_WRONLY)
        if sink != STANDARD_ERROR:
            os.dup2(sink, STANDARD_ERROR)
            os.close(sink)


def _settings(stream: io.TextIOWrapper) -> dict[str, Any]:
    return {
        "encoding": stream.encoding,
        "errors": stream.errors,
        "line_buffering": stream.line_buffering,
        "write_through": stream.write_through,
    }
