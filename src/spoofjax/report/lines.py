"""Results as lines for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spoofjax.errors import printable
from spoofjax.evaluation.breakdown import columns_of


def group_lines(by: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Return a table for each group: EER and counts (bona fide / spoof) of every value."""
    lines = []
    for group, rows in by.items():
        lines.append(f"\nEER by {printable(group)}")
        for row in rows:
            value = printable(" ".join(row[name] for name in columns_of(group)))
            rate = "-" if row["eer"] is None else f"{row['eer']:.4%}"
            lines.append(f"  {value:22} {rate:>10}   {row['bonafide']} / {row['spoof']}")
    return lines
