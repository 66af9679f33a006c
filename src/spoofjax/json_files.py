"""JSON files that were edited by hand or damaged: read in a declared shape, or refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spoofjax.errors import RunError, SpoofjaxError
from spoofjax.shapes import problem

LARGEST = 64 << 20
"""Bytes of a file that is read; the manifest of a large corpus takes a few million."""
DEEPEST = 50
"""Levels of a value, so that functions that call themselves can walk it."""


def read_json(
    path: Path,
    shape: Any = dict[str, Any],
    kind: type[SpoofjaxError] = RunError,
    remedy: str = "",
) -> Any:
    """Read a file that holds JSON of this shape, see `shapes.problem`; by default any object.

    Raises an error of `kind` that names the file and the field, and says `remedy`, where the file
    is missing, too large or not JSON, or a value has another shape.
    """
    remedy = f" {remedy}" if remedy else ""
    try:
        if path.stat().st_size > LARGEST:
            raise kind(f"{path} is damaged: it has more than {LARGEST >> 20} MiB.{remedy}")
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise kind(f"{path} is missing.{remedy}") from error
    value, wrong = parsed(data)
    if not wrong:
        wrong = problem(value, shape)
    if wrong:
        raise kind(f"{path} is damaged: {wrong}.{remedy}")
    return value


def parsed(data: bytes | str) -> tuple[Any, str]:
    """Return the value of JSON text, and what is wrong with the text; '' if nothing is."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        # ValueError covers wrong syntax, bytes that are not UTF-8, and integers of 5,000 digits.
        return None, "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
    if _is_deeper(value, DEEPEST):
        return None, f"it is nested more than {DEEPEST} levels deep"
    return value, ""


def _is_deeper(value: Any, levels: int) -> bool:
    parts = [value]
    for _ in range(levels):
        parts = [
            item
            for part in parts
            if isinstance(part, list | dict)
            for item in (part.values() if isinstance(part, dict) else part)
        ]
        if not parts:
            return False
    return True
