"""Shards as .npy files: the utterances of a shard end to end in one int16 array."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spoofjax.corpora.packing import _gather  # type: ignore[attr-defined]  # compiled
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.errors import AudioError

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


class NpyAudio(PackedAudio):
    """A split in .npy shards. The clips of a batch are read by one call, outside Python's lock."""

    def __init__(self, folder: str | Path):
        super().__init__(folder)
        starts = np.cumsum(self.lengths) - self.lengths
        shard_starts = np.repeat(starts[:: self.rows], self.rows)[: len(starts)]
        self._begins = HEADER + 2 * (starts - shard_starts)  # bytes into the shard
        self._open: dict[int, _gather.Shard] = {}

    def gather(
        self, rows: np.ndarray, starts: np.ndarray, out: np.ndarray, tile: bool, threads: int
    ) -> np.ndarray:
        numbers = (rows // self.rows).tolist()
        shards = [self._shard(number) if number >= 0 else None for number in numbers]
        return _gather.gather(shards, rows, self._begins, self.lengths, starts, out, tile, threads)

    def read(self, row: int, start: int, count: int) -> np.ndarray:
        out = np.zeros((1, max(min(count, self._lengths[row] - start), 0)), np.int16)
        if out.size:
            own = self.gather(np.array([row]), np.array([start]), out, tile=False, threads=1)
            if own[0] < 0:
                raise AudioError(
                    f"{self.paths()[row // self.rows]}: row {row} cannot be read. "
                    "Copy the shard again, or pack the corpus again."
                )
        return out[0]

    def close(self) -> None:
        self._open.clear()

    def _shard(self, number: int) -> _gather.Shard:
        shard = self._open.get(number)
        if shard is None:
            # Two threads may both open it; the one that is not kept is closed after its last use.
            shard = self._open[number] = _gather.Shard(self.shard_path(number))
        return shard
