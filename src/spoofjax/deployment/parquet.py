"""Rows of `spoofjax score` as a Parquet file, which keeps their types and takes little space."""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path
from typing import Any

from spoofjax.deployment.row import Row
from spoofjax.errors import ConfigError
from spoofjax.files import naming, replacement

GROUP = 4096
"""Rows that are in memory at a time, and are written together."""
TEXTS = ("file", "verdict", "reason", "error", "pooling", "attack", "likeliest_attack")
COUNTS = ("windows", "judged_windows")


def require_pyarrow() -> None:
    """Raise ConfigError where pyarrow is missing."""
    try:
        import pyarrow.parquet  # type: ignore[import-not-found]  # noqa: F401  extra `parquet`
    except ImportError:
        raise ConfigError(
            "Parquet needs pyarrow: pip install 'spoofjax[parquet]'. --format csv needs nothing."
        ) from None


class ParquetRows:
    """Writes rows to a Parquet file; use it with `with`.

    The file appears when it is complete, because the start of one alone cannot be read.
    """

    def __init__(self, path: Path):
        self._path = path
        self._rows: list[dict[str, Any]] = []
        self._files = contextlib.ExitStack()

    def __enter__(self) -> ParquetRows:
        import pyarrow.parquet  # type: ignore[import-not-found]

        with contextlib.ExitStack() as files:
            part = files.enter_context(replacement(self._path))
            self._schema = _schema()
            self._writer = files.enter_context(pyarrow.parquet.ParquetWriter(part, self._schema))
            self._files = files.pop_all()
        return self

    def add(self, row: Row) -> None:
        """Write one row."""
        self._rows.append(row.values())
        if len(self._rows) == GROUP:
            self._write()

    def __exit__(self, *exception: Any) -> None:
        with self._files:
            # An error, of writing too, leaves no file.
            if exception[1] is not None:
                raise exception[1]
            self._write()

    def _write(self) -> None:
        import pyarrow  # type: ignore[import-not-found]

        with naming(self._path):
            self._writer.write_table(pyarrow.Table.from_pylist(self._rows, self._schema))
        self._rows = []


def _schema() -> Any:
    """Return the columns: the fields of a row but its timeline, with their types."""
    import pyarrow  # type: ignore[import-not-found]

    number = pyarrow.float64()
    span = pyarrow.struct([(name, number) for name in ("start", "end", "llr", "p_spoof")])
    types = {
        **dict.fromkeys(TEXTS, pyarrow.string()),
        **dict.fromkeys(COUNTS, pyarrow.int64()),
        "calibrated": pyarrow.bool_(),
        "spans": pyarrow.list_(span),
    }
    names = [each.name for each in dataclasses.fields(Row) if each.name != "timeline"]
    return pyarrow.schema([(name, types.get(name, number)) for name in names])
