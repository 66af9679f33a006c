"""Text files as readers take them: UTF-8, any line end, with or without a byte order mark."""

from __future__ import annotations

from pathlib import Path

from spoofjax.errors import CorpusError

DELIMITERS = {" ": "one space", "\t": "TAB", ",": "a comma", ";": "a semicolon", "|": "'|'"}


def read_text(path: Path) -> bytes:
    """Return a file's bytes with \\n line ends and no byte order mark, ending in one \\n."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path} cannot be read: {error.strerror}.") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    data = data.rstrip(b"\n ")
    if b"\0" in data or not _is_utf8(data):
        raise CorpusError(
            f"{path} is not a text file (UTF-8). If it is an archive, unpack it first."
        )
    if not data:
        raise CorpusError(f"{path} is empty. Fetch it again.")
    return data + b"\n"


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def and_more(count: int) -> str:
    return f", and in {count - 1} more rows" if count > 1 else ""


def shorten(text: str, limit: int = 90) -> str:
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
