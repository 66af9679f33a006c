"""Arrays of utterances in .npy, .npz and .safetensors files, one file each or many in one file.

The path of an utterance in a manifest is that of its own file, or FILE#KEY: KEY is a row of an .npy
file, and the name of an array in the others.
"""

from __future__ import annotations

import os
import threading
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import AudioError, TensorError
from spoofjax.tensors.reading import read_tensors

KEY = "#"
SUFFIXES = (".npy", ".npz", ".safetensors")


def is_array_path(path: str) -> bool:
    """Whether the path of an utterance is that of an array, not of audio."""
    return path.rpartition(KEY)[0].endswith(SUFFIXES) or path.endswith(SUFFIXES)


def holds_embeddings(manifests: Mapping[str, Manifest]) -> bool:
    """Whether the utterances of splits are arrays, not audio."""
    return any(len(m) > 0 and is_array_path(m.path(0)) for m in manifests.values())


def frames_path(shard: Path) -> Path:
    """Return the file that says how many frames each utterance of a shard has.

    The shard then holds the frames of all its utterances end to end, (frames, layers, width).
    """
    return shard.with_name(f"{shard.stem}.frames.npy")


class Arrays:
    """Reads arrays by their paths and keeps files open; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, _File] = {}

    def read(self, path: str) -> tuple[np.ndarray, bool]:
        """Return the array of an utterance, and whether its first axis is that of frames.

        That is so in shards; in other files the axis of layers comes first. Raises AudioError for
        a file or an array that is missing or damaged.
        """
        file, mark, key = path.rpartition(KEY)
        if not (mark and file.endswith(SUFFIXES)):
            return _Keyed(path).only(), False
        with self._lock:
            opened = self._opened(file)
            return opened.read(key), opened.has_frames_first

    def rows(self, file: str) -> Rows:
        """Return an open .npy file of many utterances. Raises AudioError as `read` does."""
        with self._lock:
            opened = self._opened(file)
        assert isinstance(opened, Rows)
        return opened

    def close(self) -> None:
        """Close the files that are open."""
        with self._lock:
            self._open.clear()

    def _opened(self, file: str) -> _File:
        if file not in self._open:
            self._open[file] = Rows(file) if file.endswith(".npy") else _Keyed(file)
        return self._open[file]


class _File:
    """An open file of many arrays."""

    has_frames_first = False

    def read(self, key: str) -> np.ndarray:
        raise NotImplementedError


class Rows(_File):
    """An .npy file whose rows are utterances, or frames of utterances end to end."""

    def __init__(self, path: str):
        self._path, self._rows = path, _load(path)
        counts = frames_path(Path(path))
        self.has_frames_first = counts.is_file()
        if self.has_frames_first:
            self._ends = np.cumsum(_load(str(counts)))
            if self._ends[-1:].tolist() not in ([], [len(self._rows)]):
                raise AudioError(f"{counts} does not fit {path}, which has {len(self._rows)} rows.")
        self._count = len(self._ends) if self.has_frames_first else len(self._rows)

    def read(self, key: str) -> np.ndarray:
        if not (key.isdigit() and int(key) < self._count):
            raise AudioError(f"{self._path} has no row {key}: it holds {self._count} utterances.")
        return self.row(int(key))

    def row(self, number: int) -> np.ndarray:
        """Return the array of an utterance, which must exist."""
        if not self.has_frames_first:
            return self._rows[number]
        return self._rows[(self._ends[number - 1] if number else 0) : self._ends[number]]

    def __len__(self) -> int:
        """Return the number of utterances."""
        return self._count

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array of an utterance, without its frames where these come first."""
        return self._rows.shape[1:]

    def take(self, rows: np.ndarray) -> np.ndarray:
        """Return the arrays of utterances of one shape, one after the other."""
        return self._rows[rows]


class _Keyed(_File):
    """A file of named arrays, or of a single one."""

    def __init__(self, path: str):
        self._path = path
        self._arrays: Mapping[str, Any] = _named(path)

    def read(self, key: str) -> np.ndarray:
        if key not in self._arrays:
            raise AudioError(f"{self._path} has no array named {key!r}.")
        return _value(self._path, self._arrays, key)

    def only(self) -> np.ndarray:
        """Return the single array of the file."""
        if len(self._arrays) != 1:
            raise AudioError(
                f"{self._path} holds {len(self._arrays)} arrays. A file of one utterance holds one."
            )
        return _value(self._path, self._arrays, next(iter(self._arrays)))


def _named(path: str) -> Mapping[str, Any]:
    if path.endswith(".npy"):
        return {"": _load(path)}
    try:
        if path.endswith(".npz"):
            return np.load(path, allow_pickle=False)
        return read_tensors(path)
    except (OSError, ValueError, zipfile.BadZipFile, TensorError) as error:
        raise AudioError(_problem(path, error)) from error


def _value(path: str, arrays: Mapping[str, Any], key: str) -> np.ndarray:
    try:
        return arrays[key]
    except (OSError, ValueError, zipfile.BadZipFile, TensorError) as error:
        raise AudioError(_problem(path, error)) from error


def _load(path: str) -> np.ndarray:
    """Return an .npy file as a mapping, of which only what is used is read."""
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise AudioError(_problem(path, error)) from error


def _problem(path: str, error: Exception) -> str:
    if not os.path.exists(path):
        return f"{path} is missing: write the embeddings again, or correct their table."
    return f"{path} cannot be read ({error}). Write the embeddings again."
