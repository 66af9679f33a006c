"""The tables of a report that show where a system fails: the EER by attack, codec, gender, ..."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from spoofjax.evaluation.breakdown import CROSSING, columns_of
from spoofjax.report.markdown import percent
from spoofjax.runs.record import RunRecord

FEW = 20
"""A condition with fewer utterances than this in a class is shown as uncertain."""
ALL = "all"
"""The name of a table's row and column of totals."""


def condition_tables(
    runs: Sequence[RunRecord], trained_on: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Return tables of the EER for every group of columns that the runs are broken down by.

    With several runs, the table of a column has the values as rows and the runs as columns. A
    crossing of two columns has a table for each run, with the totals of each column at its edges.
    Attacks that are not in `trained_on` are marked as new, unless it is empty.
    """
    tables = []
    for split in dict.fromkeys(split for run in runs for split in run.metrics):
        evaluated = [run for run in runs if split in run.metrics]
        if len(runs) > 1:
            tables += _tables_over_runs(evaluated, split)
        for run in evaluated:
            tables += _tables_of_run(run, split, is_only_run=len(runs) == 1)
    for table in tables:
        for row in table["rows"]:
            is_attack = table["corner"] == "attack" and not row["total"] and row["name"] != "none"
            row["new"] = bool(is_attack and trained_on and row["name"] not in trained_on)
    return tables


def _tables_over_runs(runs: Sequence[RunRecord], split: str) -> Iterator[dict[str, Any]]:
    """Yield a table for each single column: a row for every value and a column for every run."""
    groups = dict.fromkeys(group for run in runs for group in _by(run, split))
    names = [run.name for run in runs]
    for group in groups:
        if len(columns_of(group)) == 1:
            cells = {
                (row[group], run.name): row
                for run in runs
                for row in _by(run, split).get(group, ())
            }
            yield _heat(f"{split}, EER by {group}", group, cells, names)


def _tables_of_run(run: RunRecord, split: str, is_only_run: bool) -> Iterator[dict[str, Any]]:
    """Yield a table for each crossing and, for an only run, for each column in no crossing."""
    by, total = _by(run, split), run.metrics[split]
    title = split if is_only_run else f"{run.name}, {split}"
    crossings = [columns_of(group) for group in by if len(columns_of(group)) == 2]
    crossed = {name for names in crossings for name in names}
    for down, across in crossings:
        cells = {(row[down], row[across]): row for row in by[CROSSING.join((down, across))]}
        names = sorted({name for _, name in cells})
        if down in by:
            cells |= {(row[down], ALL): row for row in by[down]}
            names.append(ALL)
        if across in by:
            cells |= {(ALL, row[across]): row for row in by[across]}
        if down in by and across in by:
            cells[ALL, ALL] = total
        yield _heat(f"{title}, EER by {down} and {across}", down, cells, names)
    if not is_only_run:
        return  # `_tables_over_runs` shows the single columns of several runs
    for group, rows in by.items():
        if len(columns_of(group)) == 1 and group not in crossed:
            cells = {(row[group], ALL): row for row in rows} | {(ALL, ALL): total}
            yield _heat(f"{title}, EER by {group}", group, cells, [ALL])


def _by(run: RunRecord, split: str) -> dict[str, Any]:
    """Return the rows of each group, without groups that have none."""
    return {group: rows for group, rows in run.metrics[split].get("by", {}).items() if rows}


def _heat(
    title: str, corner: str, cells: Mapping[tuple[str, str], Mapping[str, Any]], across: list[str]
) -> dict[str, Any]:
    """Return a table of the cells by (row, column); `across` gives the order of the columns."""
    down = sorted({name for name, _ in cells}, key=lambda name: (name == ALL, name))
    rows = [
        {
            "name": _word(name),
            "total": name == ALL,
            "cells": [_heat_cell(cells.get((name, column)), column == ALL) for column in across],
        }
        for name in down
    ]
    return {"title": title, "corner": corner, "across": [_word(a) for a in across], "rows": rows}


def _heat_cell(row: Mapping[str, Any] | None, is_total: bool) -> dict[str, Any]:
    if row is None or row["eer"] is None:
        return {"text": "", "heat": None, "few": False, "title": "", "total": is_total}
    counts = f"{row['bonafide']:,} bona fide, {row['spoof']:,} spoof"
    # The square root tells the small rates of good systems apart; 50 % has the full colour.
    return {
        "text": f"{100 * row['eer']:.1f}",
        "heat": round(100 * min(row["eer"] / 0.5, 1.0) ** 0.5),
        "bar": round(100 * min(row["eer"] / 0.5, 1.0), 1),
        "min_dcf": f"{row['min_dcf']:.4f}",
        "spoof": f"{row['spoof']:,}",
        "few": min(row["bonafide"], row["spoof"]) < FEW,
        "title": f"EER {percent(row['eer'])}, minDCF {row['min_dcf']:.4f}: {counts}",
        "total": is_total,
    }


def _word(name: str) -> str:
    """Return a value of a column as it is shown: protocols write '-' for none."""
    return "none" if name == "-" else name
