"""The output of `spoofjax score --json`, read as scores: one JSON object per file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from spoofjax.corpora.text import read_utf8
from spoofjax.errors import ScoreError


def is_scored_files(path: str | Path) -> bool:
    """Whether a file begins like the output of `score --json`; False where it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    except OSError:
        return False


def read_scored_files(path: str | Path) -> tuple[list[str], list[float]]:
    """Return the files and their scores. Files without a score, which had an error, are left out.

    Raises ScoreError naming the line that is no row of `score --json`.
    """
    files, scores = [], []
    for number, line in enumerate(read_utf8(Path(path), ScoreError).decode().split("\n"), 1):
        if not line.strip():
            continue
        file, score = _row(line, f"{path}, line {number}")
        if score is not None:
            files.append(file)
            scores.append(float(score))
    if not files:
        raise ScoreError(f"{path}: no file in it has a score.")
    return files, scores


def _row(line: str, place: str) -> tuple[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ScoreError(f"{place}: not a line of JSON. Is the file cut off?") from None
    file, score = (row.get("file"), row.get("score")) if isinstance(row, dict) else (None, None)
    is_number = isinstance(score, (int, float)) and not isinstance(score, bool)
    if not isinstance(file, str) or not (score is None or is_number):
        raise ScoreError(
            f"{place}: a line of `spoofjax score --json` has a text 'file' and a number 'score'."
        )
    return file, score


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
