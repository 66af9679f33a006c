"""A packed corpus: int16 shards with the manifest beside them, read without any decoding.

DIR/packed.json        what was packed: corpus, rate, format, splits
DIR/train/manifest.json, *.npy       the manifest by columns, and the shards with their checksums
DIR/train/00000.arrayrecord, ...     one record per utterance; or
DIR/train/00000.npy, ...             int16 (samples,), utterances end to end
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing import _gather  # type: ignore[attr-defined]  # compiled
from spoofjax.corpora.packing.stored import read_manifest, read_table
from spoofjax.errors import AudioError, CorpusError, nearest

PLAN = "packed.json"
HEADER = 128
"""Bytes before the samples of a .npy shard, enough for any length."""
MARK = "#"
"""Closes the folder of a packed file's name: DIR/train#17 is row 17 of the packed split."""


@dataclass(frozen=True)
class Packed(Corpus):
    """A corpus that `spoofjax pack` wrote, with the name, splits and columns of its original."""

    root: str
    """The folder that was packed into."""

    @property
    def name(self) -> str:
        """Name of the corpus that was packed."""
        return read_plan(self.root)["corpus"]

    def splits(self) -> tuple[str, ...]:
        """Return the packed splits."""
        return tuple(read_plan(self.root)["splits"])

    def manifest(self, split: str) -> Manifest:
        """Read one split. Raises CorpusError where it was not packed, or not to its end."""
        there = self.splits()
        if split not in there:
            raise CorpusError(
                f"{Path(self.root).absolute()} has no packed split {split!r}."
                f"{nearest(split, there)} There are: {', '.join(there)}."
            )
        folder = Path(self.root).absolute() / split
        rows = read_table(folder)["packed_rows"]
        names = np.delete(np.arange(rows), [row for row, _ in read_table(folder)["unreadable"]])
        files = Files(
            Column.constant(f"{folder}{MARK}", len(names)),
            names.astype(np.str_),
            Column.constant("", len(names)),
        )
        return read_manifest(folder, files)


def is_packed(root: str | Path) -> bool:
    """Whether a folder was written by `spoofjax pack`."""
    return (Path(root) / PLAN).is_file()


def read_plan(root: str | Path) -> dict[str, Any]:
    """Return packed.json. Raises CorpusError where there is none, or none of this version."""
    path = Path(root) / PLAN
    try:
        plan = json.loads(path.read_text())
    except FileNotFoundError:
        raise CorpusError(
            f"{Path(root).absolute()} is not a packed corpus: it holds no {PLAN}. "
            "Write one with `spoofjax pack CORPUS --out DIR`."
        ) from None
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path} is damaged ({error}). Pack the corpus again.") from error
    if plan.get("version") != 1:
        raise CorpusError(
            f"{path} was written by another version of spoofjax (layout {plan.get('version')}, "
            "this one reads 1). Pack the corpus again."
        )
    return plan


class PackedAudio:
    """The samples of one packed split by row; safe to use from several threads."""

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._plan = read_plan(self.folder.parent)
        self.rate: int = self._plan["rate"]
        table = read_table(self.folder)
        self.lengths = np.load(self.folder / "packed_samples.npy")
        """int64 (packed rows,): samples of each utterance; 0 for one that could not be read."""
        self.rows: int = self._plan["shard_rows"]
        """Utterances per shard."""
        self._shards = table["shards"]
        # Plain lists below: indexing one is several times cheaper than indexing an array.
        ends = np.cumsum(self.lengths)
        begins = ends - self.lengths
        firsts = begins[:: self.rows]
        starts = begins - np.repeat(firsts, self.rows)[: len(begins)]
        self._starts, self._lengths = starts.tolist(), self.lengths.tolist()
        self._lock = threading.Lock()
        self._arrayrecord = self._plan["format"] == "arrayrecord"
        self.read = self._from_records if self._arrayrecord else self._from_map
        self._begins = self._record_begins() if self._arrayrecord else HEADER + 2 * starts
        self._sound = np.zeros(len(starts), np.uint8)
        self._opened: dict[int, Any] = {}
        self._files: dict[int, Any] = {}

    def close(self) -> None:
        """Let go of the shards; a later read opens them again."""
        with self._lock:
            for shard in self._opened.values():
                if hasattr(shard, "close"):
                    shard.close()
            self._opened.clear()
            self._files.clear()
            self._sound[:] = 0

    def length(self, row: int) -> int:
        """Return the number of samples of a row."""
        return self._lengths[row]

    def gather(
        self, rows: np.ndarray, starts: np.ndarray, out: np.ndarray, tile: bool, threads: int
    ) -> np.ndarray:
        """Fill `out`, int16 or float32 (clips, samples), without the interpreter's lock.

        Clip i is row rows[i], int64, from its sample starts[i], int64; a row of -1 is left alone. A
        shorter one is repeated to the end if `tile`, else the rest of its row stays as it is.
        Returns int64 (clips,): the samples filled, or -1 where that was not possible; then `read`
        says why not, or knows another way. Raises CorpusError for a missing shard.

        A record's hash is compared with its samples when it is first read.
        """
        numbers = (rows // self.rows).tolist()
        shards = [self._file(number) if number >= 0 else None for number in numbers]
        return _gather.gather(
            shards, rows, self._begins, self.lengths, starts, self._sound, out, tile, threads
        )

    def _record_begins(self) -> np.ndarray:
        """Return int64 (packed rows,): where in its shard each record begins."""
        parts = np.split(self.lengths, range(self.rows, len(self.lengths), self.rows))
        return np.concatenate([_gather.record_begins(part) for part in parts])

    def _file(self, number: int) -> Any:
        found = self._files.get(number)
        if found is None:
            # Two threads at once open it twice, and one of the two is closed when nobody has it.
            path = self._checked(number)
            found = self._files[number] = _gather.Shard(path, self._arrayrecord)
        return found

    def _from_map(self, row: int, start: int, count: int) -> np.ndarray:
        """Return int16 samples start .. start + count - 1 of a row, as a view of the shard."""
        shard, begin = self._shard(row // self.rows), self._starts[row] + start
        return shard[begin : begin + min(count, self._lengths[row] - start)]

    def _from_records(self, row: int, start: int, count: int) -> np.ndarray:
        shard = self._shard(row // self.rows)
        try:
            (record,) = shard.read([row % self.rows])
        except Exception as error:  # the reader raises whatever its C++ side reports
            raise AudioError(f"{self._name(row)}: {error}. Pack the corpus again.") from error
        whole = np.frombuffer(record, np.int16)
        if len(whole) != self._lengths[row]:
            raise AudioError(
                f"{self._name(row)} holds {len(whole)} samples for row {row} where the manifest "
                f"says {self._lengths[row]}. The shard is damaged: pack the corpus again."
            )
        return whole[start : start + count]

    def _shard(self, number: int) -> Any:
        shard = self._opened.get(number)
        if shard is None:
            with self._lock:
                shard = self._opened.get(number)
                if shard is None:
                    shard = self._opened[number] = self._open(number)
        return shard

    def _checked(self, number: int) -> Path:
        """Return a shard's file. Raises CorpusError where it is not there in its full size."""
        path = self.folder / self._shards[number]["file"]
        size = self._shards[number]["bytes"]
        there = path.stat().st_size if path.exists() else None
        if there != size:
            found = "is not there" if there is None else f"has {there} bytes instead of {size}"
            raise CorpusError(f"The shard {path} {found}. Copy it again, or pack the corpus again.")
        return path

    def _open(self, number: int) -> Any:
        path = self._checked(number)
        if not self._arrayrecord:
            return np.load(path, mmap_mode="r").view(np.ndarray)
        from array_record.python.array_record_module import ArrayRecordReader

        # Without read-ahead: neighbours of a record drawn at random are of no use.
        return ArrayRecordReader(str(path), "readahead_buffer_size:0")

    def paths(self) -> list[Path]:
        """Return the shards' files, in order."""
        return [self.folder / shard["file"] for shard in self._shards]

    def _name(self, row: int) -> str:
        return str(self.folder / self._shards[row // self.rows]["file"])
