"""The output of `spoofjax score --json`, read as scores: one JSON object per file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypedDict

from spoofjax.corpora.text import read_utf8
from spoofjax.errors import ScoreError
from spoofjax.json_files import parsed
from spoofjax.shapes import problem


class ScoredFile(TypedDict):
    """What a line must hold; the other fields of deployment/row.py are not read."""

    file: str
    score: float | None


def is_scored_files(path: str | Path) -> bool:
    """Whether a file begins like the output of `score --json`; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    except OSError:
        return False


def read_scored_files(path: str | Path) -> tuple[list[str], list[float]]:
    """Return the files and their scores. Files without a score, which had an error, are left out.

    Raises ScoreError, which names the line, for one that is no row of `score --json`.
    """
    files, scores = [], []
    for number, line in enumerate(read_utf8(Path(path), ScoreError).decode().split("\n"), 1):
        if not line.strip():
            continue
        file, score = _row(line, f"{path}, line {number}")
        if score is not None:
            files.append(file)
            scores.append(score)
    if not files:
        raise ScoreError(f"{path}: no file in it has a score.")
    return files, scores


def _row(line: str, place: str) -> tuple[str, float | None]:
    row, wrong = parsed(line)
    wrong = wrong or problem(row, ScoredFile)
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
