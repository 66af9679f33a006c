"""Paths that are no regular files: pipes, devices, sockets, and links that lead nowhere.

Opening a pipe waits for a writer, perhaps for ever, and a device may have no end. Such a path is
read only where a person names it, and through a copy of limited size.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

from spoofjax.errors import AudioError

MOST_BYTES = 2**30
"""The most that is read from a pipe or a device."""
BLOCK = 2**20


def refuse_special(path: str | os.PathLike[str]) -> None:
    """Raise AudioError unless the path is a regular file, a folder, or missing."""
    try:
        kind = _kind(os.stat(path).st_mode)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise AudioError(f"{path}: a symbolic link that leads back to itself.") from None
        if os.path.islink(path):
            target = os.readlink(path)
            raise AudioError(f"{path}: a symbolic link to {target}, which is missing.") from None
        if error.errno == errno.ENOENT:
            return
        raise AudioError(f"{path}: {error.strerror}.") from None
    if kind:
        raise AudioError(
            f"{path}: {kind}, not a file. It is read only where the command line names it."
        )


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether the path is a pipe or a device, which can be read once from start to end."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or stat.S_ISBLK(mode)


@contextlib.contextmanager
def copied(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file with the bytes of a pipe or a device, for decoders that seek.

    Raises AudioError where they are more than MOST_BYTES.
    """
    with tempfile.NamedTemporaryFile(suffix=Path(path).suffix) as copy:
        size = 0
        with open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                size += len(block)
                if size > MOST_BYTES:
                    raise AudioError(f"{path}: gives more than {MOST_BYTES:,} bytes.")
                copy.write(block)
        copy.flush()
        yield Path(copy.name)


def _kind(mode: int) -> str:
    """Return what a special file is, or '' for a regular file or a folder."""
    if stat.S_ISFIFO(mode):
        return "a named pipe"
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return "a device"
    if stat.S_ISSOCK(mode):
        return "a socket"
    return ""
