"""Segment EER and range EER as rows of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spoofjax.runs.record import RunRecord

HEAD = ("segment", "EER", "95 % interval", "bona fide", "spoof")


def localisation_rows(table: Mapping[str, Any]) -> list[list[str]]:
    """Return the cells of HEAD for each length of segments, and for the range EER if there is one.

    `table` is what evaluation/localisation.py returns as JSON.
    """
    rows = [
        [
            f"{1000 * row['seconds']:.0f} ms",
            f"{row['eer']:.2%}",
            _interval(row),
            f"{row['bonafide']:,}",
            f"{row['spoof']:,}",
        ]
        for row in table["segments"]
    ]
    parts = table["range"]
    if parts is not None:
        seconds = (f"{parts[f'{word}_seconds']:,.1f} s" for word in ("bonafide", "spoof"))
        rows.append(["by range", f"{parts['eer']:.2%}", _interval(parts), *seconds])
    return rows


def localisation_tables(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Return a table for every run and split whose spoofed parts were located."""
    return [
        {
            "title": split if len(runs) == 1 else f"{run.name}, {split}",
            "rows": localisation_rows(values["localisation"]),
        }
        for run in runs
        for split, values in run.metrics.items()
        if "localisation" in values
    ]


def localisation_lines(results: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return the tables of all splits that have one as lines for a terminal."""
    lines = []
    for title, values in results.items():
        if "localisation" in values:
            rows = [list(HEAD), *localisation_rows(values["localisation"])]
            lines.append(f"\nspoofed parts of {title}")
            lines += ["  " + "".join(f"{cell:>20}" for cell in row).strip() for row in rows]
    return lines


def _interval(row: Mapping[str, Any]) -> str:
    return f"{row['low']:.2%} to {row['high']:.2%}" if "low" in row else "-"
