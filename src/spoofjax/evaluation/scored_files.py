"""The output of `spoofjax score`, read as scores: JSON of one object per file, a table, Parquet."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypedDict

from spoofjax.corpora.text import read_utf8
from spoofjax.errors import ScoreError
from spoofjax.evaluation.tables import is_number
from spoofjax.json_files import parsed
from spoofjax.shapes import problem

PARQUET = b"PAR1"
"""How a Parquet file begins."""
HEADERS = {b"file,score,": ",", b"file\tscore\t": "\t"}
"""How the tables of `score` begin, and what separates their fields."""


class ScoredFile(TypedDict):
    """What a line must hold; the other fields of deployment/row.py are not read."""

    file: str
    score: float | None


def is_scored_files(path: str | Path) -> bool:
    """Whether a file begins like the output of `score`; False where it cannot be read."""
    start = _start(path)
    is_parquet = start.startswith(PARQUET)
    return is_parquet or start[:1] in (b"{", b"[") or _delimiter(start) is not None


def _start(path: str | Path) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    except OSError:
        return b""


def _delimiter(start: bytes) -> str | None:
    return next((HEADERS[header] for header in HEADERS if start.startswith(header)), None)


def read_scored_files(path: str | Path) -> tuple[list[str], list[float]]:
    """Return the files and their scores. Files without a score, which had an error, are left out.

    Raises ScoreError, which names the line, for one that is no row of `score`.
    """
    start = _start(path)
    if start.startswith(PARQUET):
        return _scored(_rows_of_parquet(path), path)
    text = read_utf8(Path(path), ScoreError).decode().removeprefix("\ufeff")
    delimiter = _delimiter(start)
    if delimiter is not None:
        rows = _rows_of_table(text, delimiter, path)
    elif start[:1] == b"[":
        rows = _rows_of_array(text, path)
    else:
        lines = enumerate(text.split("\n"), 1)
        rows = (_row(line, f"{path}, line {number}") for number, line in lines if line.strip())
    return _scored(rows, path)


def _scored(
    rows: Iterable[tuple[str, float | None]], path: str | Path
) -> tuple[list[str], list[float]]:
    scored = [(file, score) for file, score in rows if score is not None]
    if not scored:
        raise ScoreError(f"{path}: no file in it has a score.")
    return [file for file, _ in scored], [score for _, score in scored]


def _rows_of_parquet(path: str | Path) -> Iterator[tuple[str, float | None]]:
    try:
        import pyarrow.parquet  # type: ignore[import-not-found]  # extra `parquet`
    except ImportError:
        text = f"Reading {path} needs pyarrow: pip install 'spoofjax[parquet]'."
        raise ScoreError(text) from None
    try:
        columns = pyarrow.parquet.read_table(path, columns=["file", "score"]).to_pydict()
        yield from zip(columns["file"], columns["score"], strict=True)
    except (pyarrow.ArrowException, KeyError) as error:
        reason = str(error).partition("\n")[0]
        raise ScoreError(f"{path} is no Parquet file of `spoofjax score`: {reason}.") from None


def _rows_of_table(
    text: str, delimiter: str, path: str | Path
) -> Iterator[tuple[str, float | None]]:
    for number, cells in enumerate(csv.reader(text.splitlines(), delimiter=delimiter), 1):
        if number == 1 or not cells:
            continue
        if len(cells) < 2 or not (cells[1] == "" or is_number(cells[1])):
            raise ScoreError(
                f"{path}, line {number} is no row of `spoofjax score`: the score must be a number "
                "or empty."
            )
        yield cells[0], float(cells[1]) if cells[1] else None


def _rows_of_array(text: str, path: str | Path) -> Iterator[tuple[str, float | None]]:
    values, wrong = parsed(text)
    if wrong:
        raise ScoreError(f"{path} is no array of `spoofjax score --format json`: {wrong}.")
    for number, value in enumerate(values, 1):
        yield _checked(value, problem(value, ScoredFile), f"{path}, row {number}")


def _row(line: str, place: str) -> tuple[str, float | None]:
    row, wrong = parsed(line)
    return _checked(row, wrong or problem(row, ScoredFile), place)


def _checked(row: Any, wrong: str, place: str) -> tuple[str, float | None]:
    if wrong:
        raise ScoreError(f"{place} is no row of `spoofjax score --json`: {wrong}.")
    score = row["score"]
    return row["file"], None if score is None else float(score)


def ids_of_files(files: Iterable[str], ids: Iterable[str]) -> list[str]:
    """Return for each file the id among `ids` that names it, or the file itself where none does.

    An id names a file if it is the end of its path, with or without the suffix: 'a/b.flac', 'a/b',
    'b.flac' and 'b' all name '/corpus/a/b.flac'. The longest such id counts.
    """
    candidates = set(ids)
    return [next((name for name in _names(file) if name in candidates), file) for file in files]


def _names(file: str) -> Iterator[str]:
    """Yield what may name a file, the longest first."""
    parts = file.split("/")
    for start in range(len(parts)):
        name = "/".join(parts[start:])
        yield name
        yield os.path.splitext(name)[0]
