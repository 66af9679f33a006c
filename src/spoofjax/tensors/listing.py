"""A list of the tensors of a file, for people and for programs. No element is read for it."""

from __future__ import annotations

import math
from typing import Any

from spoofjax.errors import printable
from spoofjax.tensors.stored import Tensors


def listing(tensors: Tensors) -> dict[str, Any]:
    """Return name, type, shape and bytes of each tensor, and the totals, as JSON values."""
    rows = [
        {
            "name": name,
            "dtype": tensor.dtype.name,
            "shape": list(tensor.shape),
            "elements": math.prod(tensor.shape),
            "bytes": tensor.nbytes,
        }
        for name, tensor in tensors.stored.items()
    ]
    return {
        "tensors": rows,
        "count": len(rows),
        "elements": sum(row["elements"] for row in rows),
        "bytes": sum(row["bytes"] for row in rows),
    }


def as_text(facts: dict[str, Any]) -> str:
    """Return a listing as a table of one tensor a line, with a line of totals."""
    cells = [
        (
            printable(row["name"]),
            row["dtype"],
            " x ".join(map(str, row["shape"])) or "scalar",
            f"{row['bytes']:,}",
        )
        for row in facts["tensors"]
    ]
    heads = ("tensor", "type", "shape", "bytes")
    widths = [max(map(len, column)) for column in zip(heads, *cells, strict=True)]
    lines = [_line(row, widths) for row in (heads, *cells)]
    total = f"{facts['count']:,} tensors, {facts['elements']:,} elements, {facts['bytes']:,} bytes"
    return "\n".join([*lines, total])


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    *left, last = cells
    padded = [cell.ljust(width) for cell, width in zip(left, widths, strict=False)]
    return "  ".join([*padded, last.rjust(widths[-1])])
