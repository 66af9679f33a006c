"""A lock that keeps two processes from writing to one folder."""

from __future__ import annotations

import fcntl
import os
import platform
from pathlib import Path

from spoofjax.errors import RunError
from spoofjax.failures import describe
from spoofjax.files import naming


class FolderLock:
    """A lock on the folder that holds `file`. The kernel frees it when the process ends."""

    def __init__(self, file: Path):
        self._file = file
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock, and make the folder where it is missing.

        Raises RunError if another process holds the lock or the folder cannot be written to.
        """
        folder = self._file.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RunError(f"{folder} cannot be written to. {describe(error)}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(self._descriptor, 200).decode(errors="replace").strip()
            raise RunError(
                f"{folder} is in use by another process ({owner or 'unknown'}). "
                "Wait for it or choose another --out."
            ) from error
        with naming(self._file):
            os.ftruncate(self._descriptor, 0)
            os.write(self._descriptor, f"process {os.getpid()} on {platform.node()}\n".encode())

    def release(self) -> None:
        """Let other processes take the lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
