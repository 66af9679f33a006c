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
from spoofjax.corpora.packing.part_files import write_array, write_text
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError

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
        name: Column(_load(folder, f"column.{name}"), tuple(names))
        for name, names in table["columns"].items()
    }
    samples = _load(folder, "samples") if (folder / "samples.npy").exists() else None
    segments = None
    if "segment_step" in table:
        offsets, labels = _load(folder, "segments.offsets"), _load(folder, "segments.labels")
        segments = Segments(table["segment_step"], offsets, labels)
    ids, label = _load(folder, "ids"), _load(folder, "label")
    if len(ids) != table["rows"]:
        raise CorpusError(f"{folder} has {len(ids)} ids for {table['rows']} rows. Pack it again.")
    return Manifest(ids, label, files, columns, samples, segments)


def read_manifest_json(folder: Path) -> dict[str, Any]:
    """Return manifest.json of a folder. Raises CorpusError where it is missing or damaged."""
    path = folder / TABLE
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise CorpusError(
            f"{path} is missing: the packing of this split is not finished. "
            "Run the same `spoofjax pack` command again; it continues where it stopped."
        ) from None
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path} is damaged ({error}). Pack the corpus again.") from error


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


def _load(folder: Path, name: str) -> np.ndarray:
    path = folder / f"{name}.npy"
    try:
        return np.load(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read ({error}). Pack the corpus again.") from error
