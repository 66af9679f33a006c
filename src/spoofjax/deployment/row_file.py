"""Where `spoofjax score` writes its rows, and which rows an interrupted command has left there."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from spoofjax.deployment import formats
from spoofjax.deployment.row import Row
from spoofjax.errors import ConfigError, ScoreError
from spoofjax.files import naming


@dataclass
class Earlier:
    """What an interrupted command has left in a file of rows."""

    names: set[str] = field(default_factory=set)
    """The files that have a complete row, as they stand there."""
    bytes: int = 0
    """Size of all complete lines; what follows them is a torn one."""
    example: dict[str, Any] | None = None
    """The first row that has a score."""


def read_earlier(path: Path, form: str) -> Earlier:
    """Read the rows of a file; a last line that is torn does not count.

    Raises ConfigError for a form that cannot be continued, and ScoreError for a file that holds
    anything but such rows.
    """
    if form not in formats.RESUMABLE:
        raise ConfigError(f"--resume works with {', '.join(formats.RESUMABLE)}, not with {form}.")
    earlier = Earlier()
    if not path.exists():
        return earlier
    header = formats.header(form)
    with path.open("rb") as file:
        for number, data in enumerate(file, 1):
            if not data.endswith(b"\n"):
                break
            line, place = data.decode(errors="replace"), f"{path}, line {number}"
            if number > 1 or not header:
                row = formats.read_line(line, form, place)
                earlier.names.add(row["file"])
                if earlier.example is None and row.get("score") not in (None, ""):
                    earlier.example = row
            elif line != header:
                raise ScoreError(f"{place} is not the header of `spoofjax score` in {form}.")
            earlier.bytes += len(data)
    return earlier


class RowFile:
    """Writes rows to a file, or to standard output where `path` is None; use it with `with`.

    Each row is handed to the system at once, so that a command that is killed leaves all rows that
    it has got to, the last one perhaps torn.
    """

    def __init__(
        self,
        path: Path | None,
        form: str,
        *,
        earlier: Earlier | None = None,
        with_timeline: bool = False,
    ):
        self._path, self._form, self._with_timeline = path, form, with_timeline
        self._earlier = earlier
        self._file: IO[str] = sys.stdout
        self._is_first = True

    def __enter__(self) -> RowFile:
        begins = self._earlier is None or self._earlier.bytes == 0
        if self._path is not None:
            with naming(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                # A row holds names of files, which JSON and tables escape to valid UTF-8.
                self._file = self._path.open("a", encoding="utf-8", newline="")
                self._file.truncate(self._earlier.bytes if self._earlier else 0)
        if begins:
            self._write(formats.header(self._form))
        return self

    def add(self, row: Row) -> None:
        """Write one row."""
        text = formats.written(row, self._form, with_timeline=self._with_timeline)
        self._write(("" if self._is_first else formats.separator(self._form)) + text)
        self._is_first = False

    def _write(self, text: str) -> None:
        if self._path is None:
            print(text, end="", flush=True)
            return
        with naming(self._path):
            self._file.write(text)
            self._file.flush()

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._write(formats.footer(self._form))
        if self._path is not None:
            with naming(self._path):
                self._file.close()
