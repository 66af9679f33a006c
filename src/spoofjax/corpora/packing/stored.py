"""A manifest on disk: one .npy file per column, the tables of names in one JSON file."""

from __future__ import annotations

import hashlib
import io
import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.segments import Segments
from spoofjax.errors import CorpusError
from spoofjax.files import write_synced

TABLE = "manifest.json"


def write_manifest(folder: Path, manifest: Manifest, **more: Any) -> None:
    """Write a manifest without its file names, and `more` JSON values, to a folder.

    manifest.json comes last and in one step: where it stands, the columns beside it are whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in arrays(manifest).items():
        write_array(folder / f"{name}.npy", values)
    names = {name: list(column.names) for name, column in manifest.columns.items()}
    table: dict[str, Any] = {"rows": len(manifest), "columns": names, **more}
    if manifest.segments is not None:
        table["segment_step"] = manifest.segments.step
    write_text(folder / TABLE, json.dumps(table, indent=1) + "\n")


def read_manifest(folder: Path, files: Files) -> Manifest:
    """Read what `write_manifest` wrote; `files` says where the audio lies, for every row.

    Raises CorpusError where the folder is incomplete or its columns do not fit each other.
    """
    table = read_table(folder)
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
        raise CorpusError(f"{folder}: {len(ids)} ids for {table['rows']} rows. Pack it again.")
    return Manifest(ids, label, files, columns, samples, segments)


def read_table(folder: Path) -> dict[str, Any]:
    """Return manifest.json of a folder. Raises CorpusError where it is missing or damaged."""
    path = folder / TABLE
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        raise CorpusError(
            f"{path} is not there: the packing of this split is not finished. "
            "Run the same `spoofjax pack` command again; it goes on where it stopped."
        ) from None
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path} is damaged ({error}). Pack the corpus again.") from error


def arrays(manifest: Manifest) -> dict[str, np.ndarray]:
    """Return a manifest's columns by name, in a fixed order; file names are not among them."""
    found = {"ids": np.asarray(manifest.ids, np.str_), "label": manifest.label}
    for name, column in manifest.columns.items():
        found[f"column.{name}"] = column.codes
    if manifest.samples is not None:
        found["samples"] = manifest.samples
    if manifest.segments is not None:
        found["segments.offsets"] = manifest.segments.offsets
        found["segments.labels"] = manifest.segments.labels
    return found


def digest(manifest: Manifest) -> str:
    """Return the SHA-256 of all columns and names: equal for equal manifests on any machine."""
    names = {name: column.names for name, column in manifest.columns.items()}
    found = hashlib.sha256(json.dumps(names).encode())
    for name, values in arrays(manifest).items():
        found.update(f"{name} {values.dtype.str} {values.shape}".encode())
        found.update(np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step, safe from a power cut too."""
    write_synced(path, text.encode(), beside(path))


def write_array(path: Path, values: np.ndarray) -> None:
    """Write a .npy file in one step, safe from a power cut too."""
    buffer = io.BytesIO()
    np.save(buffer, values)
    write_synced(path, buffer.getvalue(), beside(path))


def beside(path: Path) -> Path:
    """Return where this process writes a file before it takes its name."""
    return path.with_name(f"{path.name}.{os.uname().nodename}-{os.getpid()}.part")


def sweep(folder: Path) -> None:
    """Remove the half-written files that ended processes of this machine left in a folder."""
    for path in folder.glob(f"*.{os.uname().nodename}-*.part"):
        process = path.suffixes[-2].rpartition("-")[2]
        if not process.isdigit() or (int(process) != os.getpid() and _alive(int(process))):
            continue
        path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _load(folder: Path, name: str) -> np.ndarray:
    path = folder / f"{name}.npy"
    try:
        return np.load(path)
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read ({error}). Pack the corpus again.") from error
