"""The forms in which `spoofjax score` writes its rows."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spoofjax.deployment.row import Row, to_line
from spoofjax.errors import ScoreError, printable
from spoofjax.json_files import parsed

FORMATS = ("text", "jsonl", "json", "csv", "tsv", "parquet")
DELIMITERS = {"csv": ",", "tsv": "\t"}
COLUMNS = tuple(each.name for each in dataclasses.fields(Row) if each.name != "timeline")
"""The fields of a row, which are the columns of a table."""
RESUMABLE = ("jsonl", "csv", "tsv")
"""Forms to which rows can be added, and in which a torn line can be told."""


def format_of(path: Path) -> str:
    """Return the form that the suffix of a file means; 'jsonl' for any other suffix."""
    suffix = path.suffix.lower().removeprefix(".")
    return suffix if suffix in FORMATS else {"txt": "text"}.get(suffix, "jsonl")


def header(form: str) -> str:
    """Return what stands before the first row."""
    if form in DELIMITERS:
        return _table_line(COLUMNS, form)
    return "[\n" if form == "json" else ""


def separator(form: str) -> str:
    """Return what stands between two rows."""
    return ",\n" if form == "json" else ""


def footer(form: str) -> str:
    """Return what stands after the last row."""
    return "\n]\n" if form == "json" else ""


def written(row: Row, form: str, *, with_timeline: bool = False) -> str:
    """Return a row in a form of text; in a table it is one line, whatever the file is called."""
    if form == "text":
        return to_line(row, with_timeline=with_timeline) + "\n"
    if form in DELIMITERS:
        values = {**row.values(), "spans": _spans(row)}
        return _table_line([_cell(values[name]) for name in COLUMNS], form)
    text = row.to_json(with_timeline=with_timeline)
    return text if form == "json" else text + "\n"


def name_in(form: str) -> Callable[[str], str]:
    """Return the function from the name of a row to what stands in the file."""
    return printable if form in DELIMITERS else str


def read_line(line: str, form: str, place: str) -> dict[str, Any]:
    """Return the fields of a row that `written` gave, as text where the form is a table.

    `place` names the line. Raises ScoreError for any other line.
    """
    if form in DELIMITERS:
        cells = next(csv.reader([line], delimiter=DELIMITERS[form]), [])
        if len(cells) == len(COLUMNS):
            return dict(zip(COLUMNS, cells, strict=True))
    else:
        values, _ = parsed(line)
        if isinstance(values, dict) and isinstance(values.get("file"), str):
            return values
    raise ScoreError(f"{place} is no row of `spoofjax score` in the form {form}.")


def _spans(row: Row) -> str:
    return " ".join(f"{span.start:.3f}-{span.end:.3f}" for span in row.spans)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return json.dumps(value) if isinstance(value, bool) else printable(str(value))


def _table_line(cells: Any, form: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=DELIMITERS[form], lineterminator="\n").writerow(cells)
    return line.getvalue()
