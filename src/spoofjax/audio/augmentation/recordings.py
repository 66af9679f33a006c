"""Recordings that augmentations draw from: listed once, read once, held in bounded memory."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from spoofjax.audio.cropping import crop_start
from spoofjax.audio.reading import length_of, read, read_clip
from spoofjax.errors import AudioError

SUFFIXES = (".wav", ".flac")
FULL_SCALE = np.float32(32768)


def files_below(folder: Path, what: str) -> tuple[Path, ...]:
    """Return the .wav and .flac files at any depth below a folder, sorted.

    `what` says in errors what was expected of them, such as 'impulse response'. Raises AudioError
    where there is none.
    """
    if not folder.is_dir():
        raise AudioError(f"{folder}: no .wav or .flac {what}: there is no such folder.")
    paths = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    files = tuple(sorted(path for path in paths if not path.name.startswith(".")))
    if not files:
        raise AudioError(f"{folder}: no .wav or .flac {what} in this folder.")
    return files


class Recordings:
    """Audio files as mono samples at one rate; safe to use from several threads.

    A file is held in memory from its first use on, until the files that are held take `most_bytes`.
    Later ones are read each time they are drawn; of a file of the same rate that is not compressed,
    only the excerpt. What is returned does not depend on what is held.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        rate: int,
        most_bytes: int,
        load: Callable[[Path, int], np.ndarray] = read,
    ):
        """`load` returns float32 (samples,) of a path at a rate."""
        self.paths = tuple(paths)
        self._rate, self._free, self._load = rate, most_bytes, load
        self._held: dict[int, np.ndarray] = {}
        self._too_large: set[int] = set()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self.paths)

    def whole(self, index: int) -> np.ndarray:
        """Return float32 (samples,): all that `load` returns of a file. Raises its AudioError."""
        held = self._held.get(index)
        if held is not None:
            return _as_float(held)
        samples = self._load(self.paths[index], self._rate)
        self._hold(index, samples)
        return samples

    def excerpt(self, index: int, count: int, seed: int) -> np.ndarray:
        """Return float32 (up to `count`,): a crop at a place that the uint64 seed draws.

        It is taken from what `spoofjax.audio.reading.read` returns, not from `load`. Raises
        AudioError for a file that cannot be read.
        """
        held = self._held.get(index)
        if held is None and self._may_fit(index):
            held = self.whole(index)
        if held is None:
            return read_clip(self.paths[index], self._rate, count, seed).samples
        start = crop_start(len(held), count, seed)
        return _as_float(held[start : start + count])

    def _may_fit(self, index: int) -> bool:
        """Whether a file, by its length in 16 bits, fits into what is left."""
        if index in self._too_large:
            return False
        if 2 * length_of(self.paths[index], self._rate) <= self._free:
            return True
        self._too_large.add(index)
        return False

    def _hold(self, index: int, samples: np.ndarray) -> None:
        compact = _compact(samples)
        with self._lock:
            if index not in self._held and compact.nbytes <= self._free:
                self._free -= compact.nbytes
                self._held[index] = compact


def _compact(samples: np.ndarray) -> np.ndarray:
    """Return int16 samples where these are exact, else the float32 samples as they are."""
    scaled = samples * FULL_SCALE
    if len(scaled) and scaled.min() >= -FULL_SCALE and scaled.max() < FULL_SCALE:
        rounded = scaled.astype(np.int16)
        if np.array_equal(rounded, scaled):
            return rounded
    return samples


def _as_float(samples: np.ndarray) -> np.ndarray:
    return samples / FULL_SCALE if samples.dtype == np.int16 else samples
