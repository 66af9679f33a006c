"""Where a manifest's samples come from: audio files, packed shards, or some of both.

A source writes clips into rows of a batch that the caller owns: int16 where every utterance is
packed and nothing but the front end will read it, else float32 in [-1, 1).
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

from spoofjax.audio.clips import Short, fill
from spoofjax.audio.cropping import crop_start, crop_starts
from spoofjax.audio.reading import length_of, read_clip
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed import MARK
from spoofjax.errors import AudioError, CorpusError

SCALE = np.float32(1 / 32768)


class Source(Protocol):
    """Gives clips of a manifest's utterances; safe to call from several threads."""

    sixteen_bit: bool
    """Whether clips may be written into int16 rows; float32 rows always work."""

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        """Fill rows of `out` (clips, samples) with as many clips as can be had in one call.

        As `random_clip` does with seeds, uint64 (clips,), and `first_clip` without. An index of -1
        is passed over. Returns int64 (clips,): what these return; -1: this clip is left to them.
        """
        ...

    def random_clip(self, index: int, seed: int, out: np.ndarray, short: Short = "tile") -> int:
        """Fill `out` (samples,), cropped where `seed` picks; return how many samples are its own.

        A shorter one is tiled, or leaves the rest of `out` as it is. Raises AudioError.
        """
        ...

    def first_clip(self, index: int, out: np.ndarray, short: Short) -> int:
        """Fill `out` from the start of an utterance, and otherwise as `random_clip` does."""
        ...

    def length(self, index: int) -> int:
        """Return how many samples an utterance has at the source's rate. Raises AudioError."""
        ...

    def close(self) -> None:
        """Let go of opened files."""
        ...


def source_of(manifest: Manifest, rate: int) -> Source:
    """Return the source of a manifest's utterances at `rate` Hz.

    Raises CorpusError where utterances were packed at another rate.
    """
    folders = manifest.files.folder
    used = {folders.names[code] for code in np.unique(folders.codes) if code >= 0}
    packed = [name.endswith(MARK) for name in used]
    if not any(packed):
        return FileSource(manifest, rate)
    if all(packed):
        return PackedSource(manifest, rate)
    return MixedSource(manifest, rate)


class FileSource:
    """Clips decoded from audio files, no more of each than is needed."""

    sixteen_bit = False

    def __init__(self, manifest: Manifest, rate: int):
        self._manifest, self._rate = manifest, rate

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        return np.full(len(indices), -1)

    def random_clip(self, index: int, seed: int, out: np.ndarray, short: Short = "tile") -> int:
        return fill(out, self._read(index, seed, out), short)

    def first_clip(self, index: int, out: np.ndarray, short: Short) -> int:
        return fill(out, self._read(index, None, out), short)

    def _read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        path = self._manifest.path(index)
        found = read_clip(path, self._rate, len(out), seed, out).samples
        if not np.may_share_memory(found, out):
            out[: len(found)] = found
        return len(found)

    def length(self, index: int) -> int:
        return length_of(self._manifest.path(index), self._rate)

    def close(self) -> None:
        pass


class PackedSource:
    """Clips copied out of packed shards, no more of each than is needed."""

    sixteen_bit = True

    def __init__(self, manifest: Manifest, rate: int):
        files = manifest.files
        self._splits = {
            code: open_packed(files.folder.names[code].removesuffix(MARK))
            for code in np.unique(files.folder.codes).tolist()
        }
        for split in self._splits.values():
            if split.rate != rate:
                raise CorpusError(
                    f"{split.folder} was packed at {split.rate} samples per second, but the front "
                    f"end wants {rate}. Pack the corpus at that rate into another folder."
                )
        # Plain lists: indexing one is several times cheaper than indexing an array.
        self._codes = files.folder.codes.tolist()
        self._row_array = files.name.astype(np.int64)
        self._rows = self._row_array.tolist()
        self._code_array = files.folder.codes

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        own = np.full(len(indices), -1)
        for code, split in self._splits.items():
            rows = np.where(indices < 0, -1, self._row_array[indices])
            if len(self._splits) > 1:
                rows[self._code_array[indices] != code] = -1
            starts = np.zeros(len(rows), np.int64)
            if seeds is not None:
                starts = crop_starts(split.lengths[rows], out.shape[1], seeds)
            found = split.gather(rows, starts, out, short == "tile", threads)
            own = np.where(rows < 0, own, found)
        return own

    def random_clip(self, index: int, seed: int, out: np.ndarray, short: Short = "tile") -> int:
        split, row = self._splits[self._codes[index]], self._rows[index]
        start = crop_start(split.length(row), len(out), seed)
        return fill(out, _copy(split.read(row, start, len(out)), out), short)

    def first_clip(self, index: int, out: np.ndarray, short: Short) -> int:
        split, row = self._splits[self._codes[index]], self._rows[index]
        return fill(out, _copy(split.read(row, 0, len(out)), out), short)

    def length(self, index: int) -> int:
        return self._splits[self._codes[index]].length(self._rows[index])

    def close(self) -> None:
        for split in self._splits.values():
            split.close()


class MixedSource:
    """Clips of a mixture of packed and unpacked corpora."""

    sixteen_bit = False

    def __init__(self, manifest: Manifest, rate: int):
        packed = np.array([name.endswith(MARK) for name in manifest.files.folder.names] + [False])
        there = packed[manifest.files.folder.codes]
        chosen = np.flatnonzero(there)
        self._packed = PackedSource(manifest.take(chosen), rate)
        self._files = FileSource(manifest, rate)
        # Where each utterance stands among the packed ones; -1: it has a file of its own.
        self._places = np.where(there, np.cumsum(there) - 1, -1)
        self._place = self._places.tolist()

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        places = np.where(indices < 0, -1, self._places[indices])
        return self._packed.gather(places, seeds, out, short, threads)

    def _of(self, index: int) -> tuple[PackedSource | FileSource, int]:
        place = self._place[index]
        return (self._files, index) if place < 0 else (self._packed, place)

    def random_clip(self, index: int, seed: int, out: np.ndarray, short: Short = "tile") -> int:
        source, place = self._of(index)
        return source.random_clip(place, seed, out, short)

    def first_clip(self, index: int, out: np.ndarray, short: Short) -> int:
        source, place = self._of(index)
        return source.first_clip(place, out, short)

    def length(self, index: int) -> int:
        source, place = self._of(index)
        return source.length(place)

    def close(self) -> None:
        self._packed.close()


def _copy(samples: np.ndarray, out: np.ndarray) -> int:
    """Write int16 samples to the front of `out`, scaled where it is float32; return how many."""
    count = len(samples)
    if count == 0:
        raise AudioError("A packed utterance without samples cannot fill a clip. Pack it again.")
    if out.dtype == np.int16:
        out[:count] = samples
    else:
        np.multiply(samples, SCALE, out=out[:count])
    return count
