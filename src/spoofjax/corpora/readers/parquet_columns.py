"""The columns of Parquet shards other than their audio, and the JSON notes in them, as rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from spoofjax.audio.parquet_rows import audio_column, reading
from spoofjax.corpora.rows import Rows, column_named
from spoofjax.errors import AudioError, CorpusError

AUDIO_PATH = "audio path"
"""The column of the names that embedded audio had as files."""


class Columns(NamedTuple):
    """What was read of some shards."""

    rows: Rows
    counts: list[int]
    """Rows of each shard."""
    names: list[str]
    """All columns and notes that there are, also those that were not wanted."""


def first_named(names: Sequence[str], columns: Collection[str]) -> str:
    """Return the first of some names that a column has, whatever its capitals; '' for none."""
    matches = (column_named(name, columns) for name in names)
    return next((match for match in matches if match), "")


def read_columns(shards: Sequence[Path], notes: str, wanted: Collection[str]) -> Columns:
    """Return the `wanted` columns of all shards.

    Capitals do not matter. The keys of the JSON objects in the column `notes` count as columns,
    except those that a column has. Numbers of classes that the files name are replaced by the
    names. Raises CorpusError where pyarrow is missing, and for a shard that is damaged or has no
    audio.
    """
    try:
        parts = [_read_shard(path, notes, {name.lower() for name in wanted}) for path in shards]
    except AudioError as error:
        raise CorpusError(str(error)) from None
    counts = [part.count for part in parts]
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = {
        name: np.concatenate([p.columns.get(name, np.full(p.count, "-")) for p in parts])
        for name in names
    }
    source = shards[0] if len(shards) == 1 else shards[0].with_name(f"{_start(shards[0])}*.parquet")
    rows = Rows(source, columns, np.arange(1, sum(counts) + 1))
    return Columns(rows, counts, list(dict.fromkeys(name for part in parts for name in part.names)))


class _Part(NamedTuple):
    """What was read of one shard: see Columns."""

    columns: dict[str, np.ndarray]
    count: int
    names: list[str]


def _read_shard(path: Path, notes: str, wanted: Collection[str]) -> _Part:
    with reading(path):
        import pyarrow.parquet  # type: ignore[import-not-found]  # extra `parquet`

        file = pyarrow.parquet.ParquetFile(path)
        schema = file.schema_arrow
        audio = audio_column(schema)
        chosen = [n for n in schema.names if n != audio and n.lower() in {*wanted, notes.lower()}]
        leaves = [f"{audio}.path"] if _has_path(schema.field(audio).type) else []
        table = file.read(columns=[*chosen, *leaves])
    names, columns = [name for name in schema.names if name != audio], {}
    classes = _classes(schema.metadata)
    for name in chosen:
        values = table.column(name).to_pylist()
        if name.lower() != notes.lower():
            columns[name] = _texts(values, classes.get(name, ()))
            continue
        objects = _objects(path, values)
        keys = list(dict.fromkeys(key for note in objects for key in note))
        names += [key for key in keys if key not in names]
        for key in keys:
            if key.lower() in wanted and key not in schema.names:
                columns[key] = _texts([note.get(key) for note in objects])
    if leaves:
        paths = [(value or {}).get("path") for value in table.column(audio).to_pylist()]
        if all(paths):
            columns[AUDIO_PATH] = _texts(paths)
    return _Part(columns, file.metadata.num_rows, names)


def _objects(path: Path, values: list[Any]) -> list[dict[str, Any]]:
    """Return notes, each text of JSON or a struct, as objects; empty for those that are none."""
    objects = []
    for row, value in enumerate(values):
        try:
            note = json.loads(value) if isinstance(value, str) else value
        except json.JSONDecodeError as error:
            raise CorpusError(f"{path}, row {row}: the note is no JSON: {error}.") from None
        objects.append(note if isinstance(note, dict) else {})
    return objects


def _classes(metadata: dict[bytes, bytes] | None) -> dict[str, list[str]]:
    """Return the names of classes that Hugging Face's `datasets` writes into a file, by column."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {
            name: feature["names"]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (KeyError, TypeError, ValueError):
        return {}


def _texts(values: list[Any], classes: Sequence[str] = ()) -> np.ndarray:
    """Return values as str (rows,): classes by name, '-' for none."""
    return np.array([_text(value, classes) for value in values], np.str_)


def _text(value: Any, classes: Sequence[str]) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(classes):
        return classes[value]
    return str(value)


def _has_path(kind: Any) -> bool:
    """Whether a column of audio has a field of the names that its files had."""
    import pyarrow  # type: ignore[import-not-found]  # extra `parquet`

    is_struct = pyarrow.types.is_struct(kind)
    return is_struct and any(kind.field(n).name == "path" for n in range(kind.num_fields))


def _start(path: Path) -> str:
    return path.stem.partition("-")[0]
