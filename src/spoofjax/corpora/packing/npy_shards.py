"""Shards as .npy files: the utterances of a shard end to end in one int16 array."""

from __future__ import annotations

import functools
import hashlib
import logging
from pathlib import Path

import numpy as np

from spoofjax.corpora.packing import _gather  # type: ignore[attr-defined]  # compiled
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.stored_manifest import load_array
from spoofjax.errors import AudioError, CorpusError

log = logging.getLogger("spoofjax")

HEADER = 128
"""Bytes before the samples, enough for an array of any length."""


class NpyWriter:
    """Writes int16 (samples,) front to back; the header, which holds the length, comes last."""

    def __init__(self, path: Path):
        self._file = open(path, "wb")  # noqa: SIM115
        self._file.write(bytes(HEADER))
        self._samples = 0

    def write(self, samples: np.ndarray) -> None:
        """Append the int16 samples of one utterance."""
        self._file.write(samples.astype("<i2", copy=False).tobytes())
        self._samples += len(samples)

    def close(self) -> None:
        """Write the header and close the file."""
        text = f"{{'descr': '<i2', 'fortran_order': False, 'shape': ({self._samples},), }}"
        header = text.encode().ljust(HEADER - 11) + b"\n"
        self._file.seek(0)
        self._file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        self._file.close()


def checksums_of(path: Path) -> np.ndarray:
    """Return uint64 (blocks,): the checksums of the blocks of a shard."""
    parts = [np.zeros(0, np.uint64)]
    with open(path, "rb") as file:
        file.seek(HEADER)
        while data := file.read(256 * _gather.BLOCK):
            parts.append(_gather.checksums(data))
    return np.concatenate(parts)


def checksums_path(shard: Path) -> Path:
    """Return the file beside a shard that holds its checksums."""
    return shard.with_suffix(".checksums.npy")


def sha256_of_checksums(checksums: np.ndarray) -> str:
    """Return the SHA-256 of checksums, which receipts and manifests hold."""
    return hashlib.sha256(checksums.astype("<u8").tobytes()).hexdigest()


class NpyAudio(PackedAudio):
    """A split in .npy shards. The clips of a batch are read by one call, outside Python's lock.

    Every block that is read is compared with its checksum. Shards of older versions have none.
    """

    def __init__(self, folder: str | Path):
        super().__init__(folder)
        starts = np.cumsum(self.lengths) - self.lengths
        shard_starts = np.repeat(starts[:: self.rows], self.rows)[: len(starts)]
        self._begins = 2 * (starts - shard_starts)  # bytes behind the header of the shard
        self._open: dict[int, _gather.Shard] = {}
        if not all("checksums" in shard for shard in self._shards):
            _say_unchecked(self.folder)

    def gather(
        self, rows: np.ndarray, starts: np.ndarray, out: np.ndarray, tile: bool, threads: int
    ) -> np.ndarray:
        numbers = (rows // self.rows).tolist()
        shards = [self._shard(number) if number >= 0 else None for number in numbers]
        own = _gather.gather(shards, rows, self._begins, self.lengths, starts, out, tile, threads)
        return np.maximum(own, -1)  # `read` says what is wrong with a damaged one

    def read(self, row: int, start: int, count: int) -> np.ndarray:
        out = np.zeros((1, max(min(count, self._lengths[row] - start), 0)), np.int16)
        if out.size:
            own = _gather.gather(
                [self._shard(row // self.rows)], np.array([row]), self._begins, self.lengths,
                np.array([start]), out, False, 1,
            )  # fmt: skip
            if own[0] < 0:
                is_damaged = own[0] == _gather.DAMAGED
                problem = "is damaged: its checksum differs" if is_damaged else "cannot be read"
                raise AudioError(
                    f"{self.paths()[row // self.rows]}: row {row} {problem}. "
                    "Copy the shard again, or pack the corpus again."
                )
        return out[0]

    def close(self) -> None:
        self._open.clear()

    def _shard(self, number: int) -> _gather.Shard:
        shard = self._open.get(number)
        if shard is None:
            # Two threads may both open it; the one that is not kept is closed after its last use.
            path = self.shard_path(number)
            shard = _gather.Shard(path, HEADER, self._checksums(number, path))
            self._open[number] = shard
        return shard

    def _checksums(self, number: int, path: Path) -> np.ndarray | None:
        """Return the checksums of a shard; None where an older version wrote none."""
        expected = self._shards[number].get("checksums")
        if expected is None:
            return None
        file = checksums_path(path)
        checksums = load_array(self.folder, file.stem, np.uint64)
        # A shard of the right size has the right number of checksums.
        if sha256_of_checksums(checksums) != expected:
            raise CorpusError(f"{file} is damaged. Copy it again, or pack the corpus again.")
        return checksums


@functools.cache
def _say_unchecked(folder: Path) -> None:
    """Say once that the shards of a folder have no checksums."""
    log.warning(
        "%s was packed by an older version, without checksums: bytes that change on disk are not "
        "noticed when they are read. Pack the corpus into a new folder to have them checked.",
        folder,
    )
