"""Where a manifest's samples come from: audio files, packed shards, or both.

A source writes clips into rows of a batch that the caller owns. The rows are int16 where every
utterance is packed and only the front end reads them, else float32 in [-1, 1).
"""

from __future__ import annotations

import numpy as np

from spoofjax.audio.clips import Short, fill
from spoofjax.audio.cropping import crop_start, crop_starts
from spoofjax.audio.reading import Excerpt, excerpt_of, measured, read_clip
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.formats import open_packed
from spoofjax.corpora.packing.packed import MARK
from spoofjax.errors import AudioError, CorpusError
from spoofjax.loading.decoded import DecodedAudio

SCALE = np.float32(1 / 32768)


class Source:
    """Clips of a manifest's utterances; safe to use from several threads.

    A subclass implements `read` and `length`, and `gather` where it can fill many rows at once.
    """

    sixteen_bit = False
    """Whether clips may be written into int16 rows; float32 rows always work."""

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        """Write an utterance to the front of `out` (samples,) and return how many samples it gave.

        A longer one is cropped: where `seed`, the draw's uint64 seed, picks, or to its first
        samples where `seed` is None. Raises AudioError.
        """
        raise NotImplementedError

    def length(self, index: int) -> int:
        """Return how many samples an utterance has at the source's rate. Raises AudioError."""
        raise NotImplementedError

    def clip(self, index: int, seed: int | None, out: np.ndarray, short: Short) -> int:
        """Fill `out` as `read` does and return how many samples are valid.

        A shorter utterance is tiled, or with "pad" leaves the rest of `out` as it is.
        """
        return fill(out, self.read(index, seed, out), short)

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        """Fill the rows of `out` (clips, samples) that one call can fill, as `clip` does.

        `seeds` is uint64 (clips,) or None. An index of -1 is passed over. Returns int64 (clips,):
        what `clip` returns, or -1 for a row that the caller must fill by `clip`.
        """
        return np.full(len(indices), -1)

    def close(self) -> None:
        """Close the files that are open."""


def source_of(manifest: Manifest, rate: int, decoded_megabytes: int = 0) -> Source:
    """Return the source of a manifest's utterances at `rate` Hz.

    At most `decoded_megabytes` MiB are kept of what has to be decoded whole. Raises CorpusError
    where utterances were packed at another rate.
    """
    folders = manifest.files.folder
    used = {folders.names[code] for code in np.unique(folders.codes) if code >= 0}
    are_packed = [name.endswith(MARK) for name in used]
    if not any(are_packed):
        return FileSource(manifest, rate, decoded_megabytes)
    if all(are_packed):
        return PackedSource(manifest, rate)
    return MixedSource(manifest, rate, decoded_megabytes)


class FileSource(Source):
    """Clips decoded from audio files, no more of each than is needed.

    What has to be decoded whole is kept for the next time, up to `decoded_megabytes` MiB.
    """

    def __init__(self, manifest: Manifest, rate: int, decoded_megabytes: int = 0):
        self._manifest, self._rate = manifest, rate
        self._decoded = DecodedAudio(decoded_megabytes)

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        whole = self._decoded.get(index)
        if whole is None:
            excerpt = read_clip(self._manifest.path(index), self._rate, len(out), seed, out)
            self._keep(index, excerpt)
        else:
            excerpt = excerpt_of(whole, len(out), seed)
        samples = excerpt.samples
        if not np.may_share_memory(samples, out):
            out[: len(samples)] = samples
        return len(samples)

    def length(self, index: int) -> int:
        excerpt = measured(self._manifest.path(index), self._rate)
        self._keep(index, excerpt)
        return excerpt.length

    def _keep(self, index: int, excerpt: Excerpt) -> None:
        if excerpt.whole is not None:
            self._decoded.keep(index, excerpt.whole)


class PackedSource(Source):
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
        # Plain lists beside the arrays: indexing one is several times cheaper.
        self._code_array = files.folder.codes
        self._codes = self._code_array.tolist()
        self._row_array = files.name.astype(np.int64)
        self._rows = self._row_array.tolist()

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        valid = np.full(len(indices), -1)
        for code, split in self._splits.items():
            rows = np.where(indices < 0, -1, self._row_array[indices])
            if len(self._splits) > 1:
                rows[self._code_array[indices] != code] = -1
            starts = np.zeros(len(rows), np.int64)
            if seeds is not None:
                starts = crop_starts(split.lengths[rows], out.shape[1], seeds)
            written = split.gather(rows, starts, out, short == "tile", threads)
            valid = np.where(rows < 0, valid, written)
        return valid

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        split, row = self._splits[self._codes[index]], self._rows[index]
        start = 0 if seed is None else crop_start(split.length(row), len(out), seed)
        return _copy(split.read(row, start, len(out)), out)

    def length(self, index: int) -> int:
        return self._splits[self._codes[index]].length(self._rows[index])

    def close(self) -> None:
        for split in self._splits.values():
            split.close()


class MixedSource(Source):
    """Clips of a mixture of packed and unpacked corpora."""

    def __init__(self, manifest: Manifest, rate: int, decoded_megabytes: int = 0):
        folders = manifest.files.folder
        # The last entry is that of code -1: no folder.
        packed_by_code = np.array([name.endswith(MARK) for name in folders.names] + [False])
        is_packed = packed_by_code[folders.codes]
        self._packed = PackedSource(manifest.take(np.flatnonzero(is_packed)), rate)
        self._files = FileSource(manifest, rate, decoded_megabytes)
        # The place of each utterance among the packed ones; -1 for one with a file of its own.
        self._place_array = np.where(is_packed, np.cumsum(is_packed) - 1, -1)
        self._places = self._place_array.tolist()

    def gather(
        self,
        indices: np.ndarray,
        seeds: np.ndarray | None,
        out: np.ndarray,
        short: Short,
        threads: int,
    ) -> np.ndarray:
        places = np.where(indices < 0, -1, self._place_array[indices])
        return self._packed.gather(places, seeds, out, short, threads)

    def read(self, index: int, seed: int | None, out: np.ndarray) -> int:
        source, place = self._locate(index)
        return source.read(place, seed, out)

    def length(self, index: int) -> int:
        source, place = self._locate(index)
        return source.length(place)

    def close(self) -> None:
        self._packed.close()

    def _locate(self, index: int) -> tuple[Source, int]:
        """Return the source that has an utterance, and its index there."""
        place = self._places[index]
        return (self._files, index) if place < 0 else (self._packed, place)


def _copy(samples: np.ndarray, out: np.ndarray) -> int:
    """Write int16 samples to the front of `out`, scaled where it is float32; return how many."""
    count = len(samples)
    if count == 0:
        raise AudioError("A packed utterance has no samples. Pack the corpus again.")
    if out.dtype == np.int16:
        out[:count] = samples
    else:
        np.multiply(samples, SCALE, out=out[:count])
    return count
