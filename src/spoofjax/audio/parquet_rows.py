"""Audio that is stored in the rows of a Parquet file, as data sets on Hugging Face are published.

Such audio has the path FILE.parquet#ROW. A row is read together with its row group, which is some
hundred rows in these data sets; the groups read last stay in memory, so that rows in order are read
once. A decoder gets the bytes as a temporary file.
"""

from __future__ import annotations

import contextlib
import functools
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.errors import AudioError

MARK = ".parquet#"
SHARDS, GROUPS = 8, 2
"""Files that stay open, and row groups of each that stay in memory."""
NEEDED = "Reading Parquet needs pyarrow: pip install 'spoofjax[parquet]'."


def is_stored(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a row of a Parquet file."""
    _, mark, row = path.rpartition(MARK) if isinstance(path, str) else ("", "", "")
    return bool(mark) and row.isdecimal()


@contextlib.contextmanager
def stored_file(path: str) -> Iterator[str]:
    """Yield the path of a temporary file with the audio of a row, its suffix that of the format.

    AudioErrors that are raised in the context name `path`. Raises AudioError where the file or the
    row cannot be read.
    """
    file, _, row = path.rpartition("#")
    data, name = _shard(file, *_version(file)).row(int(row))
    suffix = ".flac" if data.startswith(b"fLaC") else Path(name).suffix.lower()
    with tempfile.NamedTemporaryFile(suffix=suffix) as copy:
        copy.write(data)
        copy.flush()
        try:
            yield copy.name
        except AudioError as error:
            raise type(error)(str(error).replace(copy.name, path)) from None


def audio_column(schema: Any) -> str:
    """Return the name of the column that holds audio; `schema` is that of pyarrow.

    It is a struct with a field `bytes`, or one of bytes that is called audio. Raises AudioError
    where there is none, and where there are several and none is called audio.
    """
    import pyarrow  # type: ignore[import-not-found]  # extra `parquet`

    names = []
    for field in schema:
        if pyarrow.types.is_struct(field.type):
            leaves = [field.type.field(n).name for n in range(field.type.num_fields)]
            if "bytes" in leaves:
                names.append(field.name)
        elif field.name == "audio" and _is_binary(field.type):
            names.append(field.name)
    if len(names) == 1 or "audio" in names:
        return "audio" if "audio" in names else names[0]
    problem = f"several columns of audio ({', '.join(names)})" if names else "no column of audio"
    raise AudioError(
        f"{problem}. Expected is one column 'audio' with fields 'bytes' and 'path'; the columns "
        f"are {', '.join(schema.names)}."
    )


class _Shard:
    """One open Parquet file; safe to use from several threads."""

    def __init__(self, path: str):
        self._path, self._lock = path, threading.Lock()
        with reading(path):
            import pyarrow.parquet  # type: ignore[import-not-found]  # extra `parquet`

            self._file = pyarrow.parquet.ParquetFile(path)
            metadata = self._file.metadata
            groups = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
            self._ends = np.cumsum(groups)
            self._column = audio_column(self._file.schema_arrow)
        self._groups: dict[int, Any] = {}

    def row(self, row: int) -> tuple[bytes, str]:
        """Return the bytes of a row and the name of the file they come from, '' for none."""
        number = int(np.searchsorted(self._ends, row, side="right"))
        if not row >= 0 or number >= len(self._ends):
            raise AudioError(f"{self._path} has no row {row}: download it again.")
        first = int(self._ends[number - 1]) if number else 0
        value = self._group(number)[row - first].as_py()
        data, name = value, ""
        if isinstance(value, dict):
            data, name = value.get("bytes"), value.get("path") or ""
        if not data:
            raise AudioError(
                f"{self._path}#{row}: the row has no audio in it"
                f"{f', only the name {name}' if name else ''}. Leave it out, or download a version "
                "of the data set with embedded audio."
            )
        return data, name

    def _group(self, number: int) -> Any:
        """Return the column of audio of a row group."""
        with self._lock:
            if number not in self._groups:
                while len(self._groups) >= GROUPS:
                    del self._groups[next(iter(self._groups))]
                with reading(self._path):
                    table = self._file.read_row_group(number, columns=[self._column])
                self._groups[number] = table.column(0)
            return self._groups[number]


@functools.lru_cache(maxsize=SHARDS)
def _shard(path: str, size: int, changed: int) -> _Shard:
    """Open a file; one that has another size or was changed is opened again."""
    del size, changed  # parts of the key alone
    return _Shard(path)


def _version(path: str) -> tuple[int, int]:
    try:
        status = os.stat(path)
    except OSError as error:
        raise AudioError(f"{path}: {error.strerror}.") from None
    return status.st_size, status.st_mtime_ns


@contextlib.contextmanager
def reading(path: str | os.PathLike[str]) -> Iterator[None]:
    """Context in which errors of pyarrow are AudioErrors with the path, and so is its absence."""
    try:
        import pyarrow  # type: ignore[import-not-found]  # extra `parquet`
    except ImportError:
        raise AudioError(f"{path}: {NEEDED[0].lower()}{NEEDED[1:]}") from None
    try:
        yield
    except AudioError as error:
        raise AudioError(f"{path} has {error}") from None
    except (pyarrow.ArrowException, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        raise AudioError(
            f"{path} cannot be read as Parquet ({reason}). Download it again."
        ) from None


def _is_binary(kind: Any) -> bool:
    import pyarrow  # type: ignore[import-not-found]  # extra `parquet`

    return pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind)
