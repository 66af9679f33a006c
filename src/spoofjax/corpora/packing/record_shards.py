"""Shards as ArrayRecord files: one record per utterance, read through the array_record package."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.errors import AudioError


class RecordWriter:
    """Writes records uncompressed and each readable by itself."""

    def __init__(self, path: Path):
        from array_record.python.array_record_module import ArrayRecordWriter

        self._writer = ArrayRecordWriter(str(path), "group_size:1,uncompressed")

    def write(self, samples: np.ndarray) -> None:
        """Append the int16 samples of one utterance."""
        self._writer.write(samples.astype("<i2", copy=False).tobytes())

    def close(self) -> None:
        """Write the index and close the file."""
        self._writer.close()


class RecordAudio(PackedAudio):
    """A split in ArrayRecord shards. A record is read whole, and its hash compared, every time."""

    def __init__(self, folder: str | Path):
        super().__init__(folder)
        self._lock = threading.Lock()
        self._readers: dict[int, Any] = {}

    def gather(
        self, rows: np.ndarray, starts: np.ndarray, out: np.ndarray, tile: bool, threads: int
    ) -> np.ndarray:
        return np.full(len(rows), -1)  # every clip is left to `read`

    def read(self, row: int, start: int, count: int) -> np.ndarray:
        reader = self._reader(row // self.rows)
        try:
            (record,) = reader.read([row % self.rows])
        except Exception as error:  # whatever the C++ side of the reader reports
            raise AudioError(f"{self._path(row)}: {error}. Pack the corpus again.") from error
        samples = np.frombuffer(record, "<i2")
        if len(samples) != self._lengths[row]:
            raise AudioError(
                f"{self._path(row)} holds {len(samples)} samples for row {row} where the manifest "
                f"says {self._lengths[row]}. The shard is damaged: pack the corpus again."
            )
        return samples[start : start + count]

    def close(self) -> None:
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()

    def _reader(self, number: int) -> Any:
        from array_record.python.array_record_module import ArrayRecordReader

        with self._lock:
            reader = self._readers.get(number)
            if reader is None:
                # Without read-ahead: clips are drawn at random, so neighbours are of no use.
                path = str(self.shard_path(number))
                reader = self._readers[number] = ArrayRecordReader(path, "readahead_buffer_size:0")
        return reader

    def _path(self, row: int) -> Path:
        return self.paths()[row // self.rows]
