"""Text files as readers take them: UTF-8, any line end, with or without a byte order mark."""

from __future__ import annotations

from pathlib import Path

from spoofjax.errors import CorpusError, SpoofjaxError

DELIMITERS = {" ": "one space", "\t": "TAB", ",": "a comma", ";": "a semicolon", "|": "'|'"}


def read_utf8(path: Path, error: type[SpoofjaxError] = CorpusError) -> bytes:
    """Return a file's bytes with \\n line ends and no byte order mark, ending in one \\n.

    Raises `error` where the file is missing, empty or not UTF-8 text.
    """
    try:
        data = path.read_bytes()
    except OSError as cause:
        raise error(f"{path} cannot be read: {cause.strerror}.") from cause
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.rstrip(b"\n ")
    if b"\0" in data or not _is_utf8(data):
        raise error(f"{path} is not a UTF-8 text file. If it is an archive, unpack it first.")
    if not data:
        raise error(f"{path} is empty.")
    return data + b"\n"


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def and_more(count: int, what: str) -> str:
    """Return ', and 4 more files' for 5 files of which a message names one, '' for one."""
    return f", and {count - 1} more {what}" if count > 1 else ""


def and_in_more_rows(count: int) -> str:
    """Return ', and in 4 more rows' for 5 rows of which a message names one, '' for one."""
    return f", and in {count - 1} more rows" if count > 1 else ""


def shorten(text: str, limit: int = 90) -> str:
    """Return a text in quotes, its end left out where it is long."""
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
