"""Files of scores and keys as tables: rows of equal width, and errors that name file and line."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.text import read_utf8
from spoofjax.errors import ScoreError


class Table(NamedTuple):
    """The fields of a text file; `first_line` is the line number of rows[0]."""

    path: Path
    rows: list[list[str]]
    first_line: int = 1

    @property
    def width(self) -> int:
        """Fields per row."""
        return len(self.rows[0])

    def line(self, row: int) -> str:
        """Return 'file, line n' of a row, for messages."""
        return f"{self.path}, line {self.first_line + row}"

    def column(self, index: int) -> list[str]:
        """Return one field of every row."""
        return [row[index] for row in self.rows]

    def body(self) -> Table:
        """Return the table without its first row."""
        if len(self.rows) == 1:
            raise ScoreError(f"{self.path} holds a header and nothing below it.")
        return Table(self.path, self.rows[1:], self.first_line + 1)


def read_trials(path: str | Path) -> Table:
    """Read scores or keys, one trial a line.

    The first line says what separates fields: a TAB if it has one, else commas or semicolons as in
    CSV (fields may stand in quotes), else spaces. Raises ScoreError where the file is missing,
    empty or not UTF-8 text, or where its rows differ in width.
    """
    path = Path(path)
    lines = read_utf8(path, ScoreError).decode().split("\n")[:-1]
    delimiter = _delimiter(lines[0])
    if delimiter in (",", ";"):
        rows = [_csv_fields(line, delimiter) for line in lines]
    else:
        rows = [line.split(delimiter) for line in lines]
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ScoreError(
                f"{path}, line {number}: {len(row)} fields where line 1 has {width} "
                f"(separated by {_DELIMITERS[delimiter]})."
            )
    return Table(path, rows)


_DELIMITERS = {None: "spaces", "\t": "TAB", ",": "commas", ";": "semicolons"}


def _delimiter(line: str) -> str | None:
    """Return what separates the fields of a line; None stands for spaces."""
    if "\t" in line:
        return "\t"
    *others, last = line.split()
    for mark in (";", ","):
        # An id may contain a comma, and so may a number that is written as in German. Neither
        # separates fields where spaces do: `a,b.wav 0.5` and `c.wav 0,5`.
        is_last_field = bool(others) and re.fullmatch(r"[-+]?\d+,\d+", last)
        if (mark in last and not is_last_field) or any(o.endswith(mark) for o in others):
            return mark
    return None


def _csv_fields(line: str, delimiter: str) -> list[str]:
    fields = line.split(delimiter)
    if '"' in line:
        [fields] = csv.reader([line], delimiter=delimiter)
    return [field.strip() for field in fields]


def numbers(table: Table, index: int) -> np.ndarray:
    """Return a column as float64. Raises ScoreError naming the line of what is no number."""
    fields = table.column(index)
    try:
        return np.array(list(map(float, fields)), np.float64)
    except ValueError:
        for row, field in enumerate(fields):
            if not is_number(field):
                raise ScoreError(f"{table.line(row)}: {field!r} is not a number.") from None
        raise


def is_number(field: str) -> bool:
    """Whether float() reads the field."""
    try:
        float(field)
    except ValueError:
        return False
    return True


def refuse_duplicates(ids: np.ndarray, what: str) -> None:
    """Raise ScoreError naming the first id that stands twice."""
    listed = ids.tolist()
    if len(set(listed)) == len(listed):
        return
    seen: set[str] = set()
    for row, name in enumerate(listed):
        if name in seen:
            raise ScoreError(f"{what} hold {name} twice (again at entry {row + 1}).")
        seen.add(name)
