"""Writing a file or a folder in one step: a reader sees it complete or not at all; and hashes."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an OSError of the body this path if it has none, as errors of writing do.

    Libraries report a full disk by errors of their own, which become OSErrors too.
    """
    full = os.strerror(errno.ENOSPC)
    try:
        yield
    except OSError as error:
        if error.errno is None:  # numpy's, when the disk takes only a part of an array
            raise OSError(errno.EIO, str(error), str(path)) from error
        if error.filename is None:
            error.filename = str(path)
        raise
    except Exception as error:
        if full not in str(error):
            raise
        raise OSError(errno.ENOSPC, full, str(path)) from error


@contextlib.contextmanager
def replacement(path: Path, *, beside: Path | None = None) -> Iterator[Path]:
    """Yield a path to write to, which takes the name `path` when the body ends without an error.

    The path is `beside`, or `path` with ".part" behind it. Its folder is made where it is missing.
    The file gets the permissions of the umask, whatever writes it. After an error nothing is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = beside or path.with_name(path.name + ".part")
    try:
        with naming(path):
            beside.touch()
            mode = beside.stat().st_mode
            yield beside
            beside.chmod(mode & 0o777)
            beside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder, which takes the name `path` when the body ends without an error.

    `path` must be free or an empty folder. After an error nothing is left.
    """
    beside = path.with_name(path.name + ".part")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    try:
        yield beside
        beside.replace(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file in one step."""
    with replacement(path) as beside:
        beside.write_text(text, encoding="utf-8")


def write_json(path: Path, value: Any) -> None:
    """Write a value as indented JSON in one step."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_synced(path: Path, data: bytes, beside: Path) -> None:
    """Write bytes in one step, by way of `beside`, and only when the disk has them."""
    with replacement(path, beside=beside), beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with naming(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
