"""Signals that end a command, at any moment from its first line on.

A command never unwinds through the threads of jax and orbax: that may wait for a lock for ever or
crash. Files are written in one step (files.py), so a process may end at once, wherever it is.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from types import FrameType

from spoofjax.errors import Preempted

INTERRUPTED = 130
"""Exit status after Ctrl-C: 128 and the number of SIGINT, as shells count."""

_SHOW_CURSOR = b"\x1b[?25h"
_ends_at_once = False
_terminated = "Start the command again; training goes on with --resume."


def catch() -> None:
    """Give Ctrl-C and SIGTERM their exit statuses in this process.

    SIGTERM ends the process at once. The first Ctrl-C raises KeyboardInterrupt, so that a command
    can remove what it has half written; the second one ends the process at once.
    """
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _terminate)


def interrupt_at_once() -> None:
    """Let the first Ctrl-C end the process at once, from now on.

    For commands that run threads of jax and orbax, and whose folders survive a kill. This has no
    effect unless `catch` was called.
    """
    global _ends_at_once
    _ends_at_once = True


def advise_after_sigterm(advice: str) -> None:
    """Let a process that SIGTERM ends say what to do with these words, from now on."""
    global _terminated
    _terminated = advice


def leave(status: int) -> None:
    """End the process with this status without waiting for its threads."""
    for stream in (sys.stdout, sys.stderr):
        # A signal may arrive while the stream is in use, and its file may be closed or full.
        with contextlib.suppress(OSError, RuntimeError, ValueError, AttributeError):
            stream.flush()
    os._exit(status)


def _interrupt(number: int, frame: FrameType | None) -> None:
    global _ends_at_once
    if not _ends_at_once:
        _ends_at_once = True
        raise KeyboardInterrupt
    _say("interrupted")
    leave(INTERRUPTED)


def _terminate(number: int, frame: FrameType | None) -> None:
    _say(f"error: stopped by SIGTERM. {_terminated}")
    leave(Preempted.status)


def _say(text: str) -> None:
    """Write a line to standard error without Python's buffers, which may be in use."""
    with contextlib.suppress(OSError):
        # A live progress line has hidden the cursor.
        os.write(2, (_SHOW_CURSOR if os.isatty(2) else b"") + text.encode() + b"\n")
