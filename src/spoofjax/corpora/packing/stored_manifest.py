"""A manifest on disk: one .npy file per column, the tables of names in one JSON file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.documents import StoredManifest
from spoofjax.corpora.packing.part_files import write_array, write_text
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError
from spoofjax.json_files import read_json

TABLE = "manifest.json"


def write_manifest(folder: Path, manifest: Manifest, **values: Any) -> None:
    """Write a manifest without its file names, and other JSON values, to a folder.

    manifest.json is written last and in one step: where it exists, the columns are complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays(manifest).items():
        write_array(folder / f"{name}.npy", array)
    names = {name: list(column.names) for name, column in manifest.columns.items()}
    table: dict[str, Any] = {"rows": len(manifest), "columns": names, **values}
    if manifest.segments is not None:
        table["segment_step"] = manifest.segments.step
    write_text(folder / TABLE, json.dumps(table, indent=1) + "\n")


def read_manifest(folder: Path, files: Files) -> Manifest:
    """Read what `write_manifest` wrote; `files` says where the audio of every row lies.

    Raises CorpusError where the folder is incomplete or its columns differ in length.
    """
    table = read_manifest_json(folder)
    columns = {
        name: Column(load_array(folder, f"column.{name}", np.int32), tuple(names))
        for name, names in table["columns"].items()
    }
    samples = None
    if (folder / "samples.npy").exists():
        samples = load_array(folder, "samples", np.int64)
    segments = None
    if "segment_step" in table:
        offsets = load_array(folder, "segments.offsets", np.int64)
        labels = load_array(folder, "segments.labels", np.int8)
        segments = Segments(table["segment_step"], offsets, labels)
    ids, label = load_array(folder, "ids", np.str_), load_array(folder, "label", np.int8)
    if len(ids) != table["rows"]:
        raise CorpusError(f"{folder} has {len(ids)} ids for {table['rows']} rows. Pack it again.")
    try:
        return Manifest(ids, label, files, columns, samples, segments)
    except CorpusError as error:
        raise CorpusError(
            f"{folder / TABLE} and the columns beside it are damaged: {error}"
        ) from error


def read_manifest_json(folder: Path) -> dict[str, Any]:
    """Return manifest.json of a folder. Raises CorpusError where it is missing or damaged."""
    path = folder / TABLE
    if not path.is_file():
        raise CorpusError(
            f"{path} is missing: the packing of this split is not finished. "
            "Run the same `spoofjax pack` command again; it continues where it stopped."
        )
    return read_json(path, StoredManifest, CorpusError, "Pack the corpus again.")


def packed_rows(folder: Path) -> np.ndarray:
    """Return which rows of the shards the manifest of a split has, int64 (rows,), in its order.

    Raises CorpusError where the numbers of the manifest contradict the shards.
    """
    table = read_manifest_json(folder)
    lengths = load_array(folder, "packed_samples", np.int64)
    unreadable = [row for row, _ in table["unreadable"]]
    if table["packed_rows"] != len(lengths) or any(row >= len(lengths) for row in unreadable):
        raise CorpusError(
            f"{folder / TABLE}: packed_rows or unreadable contradicts packed_samples.npy, which "
            f"has {len(lengths)} rows. Pack the corpus again."
        )
    return np.delete(np.arange(len(lengths)), unreadable)


def arrays(manifest: Manifest) -> dict[str, np.ndarray]:
    """Return the columns of a manifest by name, in a fixed order, without its file names."""
    columns = {"ids": np.asarray(manifest.ids, np.str_), "label": manifest.label}
    for name, column in manifest.columns.items():
        columns[f"column.{name}"] = column.codes
    if manifest.samples is not None:
        columns["samples"] = manifest.samples
    if manifest.segments is not None:
        columns["segments.offsets"] = manifest.segments.offsets
        columns["segments.labels"] = manifest.segments.labels
    return columns


def digest(manifest: Manifest) -> str:
    """Return the SHA-256 of all columns and names: equal for equal manifests on any machine."""
    names = {name: column.names for name, column in manifest.columns.items()}
    sha256 = hashlib.sha256(json.dumps(names).encode())
    for name, values in arrays(manifest).items():
        sha256.update(f"{name} {values.dtype.str} {values.shape}".encode())
        sha256.update(np.ascontiguousarray(values).tobytes())
    return sha256.hexdigest()


def load_array(folder: Path, name: str, dtype: type) -> np.ndarray:
    """Return one column, (rows,). Raises CorpusError where its file is missing or damaged."""
    path = folder / f"{name}.npy"
    try:
        # Unlike a read, a mapping never asks for more memory than the file has bytes.
        values = np.array(np.load(path, mmap_mode="r", allow_pickle=False))
    except Exception as error:  # numpy reports damaged headers by many kinds of errors
        raise CorpusError(f"{path} cannot be read ({error}). Pack the corpus again.") from error
    if values.ndim != 1 or not np.issubdtype(values.dtype, dtype):
        raise CorpusError(
            f"{path} holds {values.dtype} {values.shape} instead of {np.dtype(dtype).name} "
            "(rows,). Pack the corpus again."
        )
    return values
