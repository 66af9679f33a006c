"""CSV and TSV files whose header names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.corpora.rows import Rows, column_named
from spoofjax.corpora.text import DELIMITERS, and_in_more_rows, read_utf8, shorten
from spoofjax.errors import CorpusError, nearest


def read_table(
    path: Path,
    required: Sequence[str],
    problems: Problems = STRICT,
    delimiter: str | None = None,
) -> Rows:
    """Read a CSV or TSV file whose first line names the columns; quotes as in RFC 4180.

    Capitals in the names of columns do not matter. Unless given, the delimiter is the one of TAB,
    comma, semicolon and '|' that separates the required names in the header. Rows of another length
    are reported. Raises CorpusError where the file is missing, empty or not text, where it lacks a
    required column, and where it has no row.
    """
    text = read_utf8(path).decode()
    first = text[: text.find("\n")]
    if delimiter is None:
        delimiter = max(
            "\t,;|", key=lambda d: len(required) - len(_missing(required, _split(first, d)))
        )
    names = _split(first, delimiter)
    missing = _missing(required, names)
    if missing:
        raise CorpusError(
            f"{path}, line 1: no column named {' or '.join(missing)}; the header reads "
            f"{shorten(first)} (separated by {DELIMITERS.get(delimiter, repr(delimiter))})."
            f"{nearest(missing[0], names)} The first line must name the columns."
        )
    rows, lines = _good_rows(path, text, delimiter, len(names), problems)
    columns = zip(names, zip(*rows, strict=True), strict=True)
    return Rows(
        path,
        {name: np.array(values, np.str_) for name, values in columns},
        np.array(lines, np.int64),
    )


def _missing(required: Sequence[str], names: Sequence[str]) -> list[str]:
    return [name for name in required if column_named(name, names) is None]


def _good_rows(
    path: Path, text: str, delimiter: str, width: int, problems: Problems
) -> tuple[list[list[str]], list[int]]:
    """Return the rows of `width` fields below the header, and their lines; report the others."""
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[tuple[int, int]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        next(reader)
        for fields in reader:
            if len(fields) == width:
                rows.append(fields)
                lines.append(reader.line_num)
            elif fields:
                bad.append((reader.line_num, len(fields)))
    except csv.Error as error:
        raise CorpusError(f"{path}, line {reader.line_num}: {error}. Correct the row.") from error
    if bad:
        problems.add(
            "columns",
            path,
            f"{bad[0][1]} fields where the header names {width}{and_in_more_rows(len(bad))}.",
            "Quote fields that contain the delimiter, or correct the row.",
            line=bad[0][0],
            count=len(bad),
        )
    if not rows:
        raise CorpusError(f"{path} has a header and no row below it.")
    return rows, lines


def _split(line: str, delimiter: str) -> list[str]:
    return [name.strip() for name in next(csv.reader([line], delimiter=delimiter))]
