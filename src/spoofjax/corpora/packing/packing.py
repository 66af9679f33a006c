"""`spoofjax pack`: decode a corpus once into int16 shards that training reads without decoding.

The unit of work is a shard: it is written beside its final name, checksummed and renamed, and its
receipt follows. A kill loses at most the shard at hand, and the result is the same to the byte
whatever the number of kills, threads or machines.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spoofjax.audio.reading import read_int16
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.packed import HEADER, PLAN
from spoofjax.corpora.packing.stored import (
    beside,
    digest,
    sweep,
    write_array,
    write_manifest,
    write_text,
)
from spoofjax.errors import AudioError, ConfigError, CorpusError

Format = Literal["arrayrecord", "npy"]


@dataclass(frozen=True)
class Packing:
    """How a corpus is packed."""

    rate: int = 16_000
    """Samples per second of the shards."""
    format: Format = "arrayrecord"
    shard_rows: int = 1024
    """Utterances per shard."""
    resample: bool = False
    """Bring files of other rates to `rate`; otherwise such a file is an error."""
    skip_unreadable: bool = False
    """Leave unreadable files out of the packed manifest; otherwise they keep it from being made."""
    shard_index: int = 0
    """This machine packs shards shard_index, shard_index + shard_count, ..."""
    shard_count: int = 1
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.format not in ("arrayrecord", "npy"):
            raise ConfigError(f"format={self.format!r}: choose from arrayrecord, npy.")
        if self.shard_rows < 1 or self.rate < 1:
            raise ConfigError("Shards need a rate and a number of utterances of at least 1.")
        if not 0 <= self.shard_index < self.shard_count:
            raise ConfigError(
                f"--shard-index {self.shard_index} must lie in 0..{self.shard_count - 1} "
                f"for --shard-count {self.shard_count}."
            )


@dataclass(frozen=True)
class Outcome:
    """What one call of `pack` leaves behind."""

    utterances: int
    """Utterances in the shards this call is responsible for."""
    packed_now: int
    """Those it decoded itself; the others were there already."""
    unreadable: tuple[str, ...]
    """'split: file: reason' for every file of those shards that could not be read."""
    finished: tuple[str, ...]
    """Splits whose manifest is there."""
    waiting: Mapping[str, int]
    """Shards that other machines have yet to write, by split."""


def pack(
    manifests: Mapping[str, Manifest],
    out: Path,
    packing: Packing,
    report: Callable[[str, int, int], None] = lambda split, done, rows: None,
) -> Outcome:
    """Pack the splits of one corpus into a folder; go on where an earlier call stopped.

    `report(split, done, rows)` is called as this machine's utterances of a split are done. Raises
    CorpusError where `out` holds another corpus, rate or format, where splits come from several
    corpora, and for files of another rate.
    """
    _claim(manifests, out, packing)
    for folder in (out, *(out / split for split in manifests)):
        sweep(folder)
    total = packed_now = 0
    unreadable, finished, waiting = [], [], {}
    with ThreadPoolExecutor(packing.threads or len(os.sched_getaffinity(0))) as pool:
        for split, manifest in manifests.items():
            shards = _shards(out / split, manifest, packing)
            mine = shards[packing.shard_index :: packing.shard_count]
            rows, done = sum(len(shard.rows) for shard in mine), 0
            for shard in mine:
                if not shard.there(packing.skip_unreadable):
                    for _ in shard.write(pool):
                        done, packed_now = done + 1, packed_now + 1
                        report(split, done, rows)
                else:
                    done += len(shard.rows)
                    report(split, done, rows)
                unreadable += [f"{split}: {why}" for _, why in shard.receipt()["unreadable"]]
            total += rows
            missing = sum(not shard.written() for shard in shards)
            if missing:
                waiting[split] = missing
            elif _finish(out / split, manifest, shards, packing):
                finished.append(split)
    return Outcome(total, packed_now, tuple(unreadable), tuple(finished), waiting)


def verify(folder: Path) -> list[str]:
    """Compare every shard of a packed corpus with its checksum; return the damaged ones' names.

    Their receipts are taken away, so that the same `pack` command writes them anew.
    """
    damaged = []
    for path in sorted(folder.glob("*/[0-9]*.json")):
        receipt = json.loads(path.read_text())
        shard = path.parent / receipt["file"]
        if not shard.is_file() or _sha256(shard) != receipt["sha256"]:
            damaged.append(f"{path.parent.name}/{shard.name}")
            path.unlink()
    return damaged


# ------------------------------------------------------------------------- one shard


class Shard:
    """One file of consecutive rows, and its receipt: lengths, size, checksum, unreadable rows."""

    def __init__(self, folder: Path, number: int, manifest: Manifest, packing: Packing):
        first = number * packing.shard_rows
        self.rows = range(first, min(first + packing.shard_rows, len(manifest)))
        self._folder, self._manifest, self._packing = folder, manifest, packing
        self._path = folder / f"{number:05d}.{packing.format}"
        self._receipt = folder / f"{number:05d}.json"

    def written(self) -> bool:
        """Whether the shard and its receipt are there, the file with its full size."""
        if not self._receipt.is_file():
            return False
        return self._path.is_file() and self._path.stat().st_size == self.receipt()["bytes"]

    def there(self, skip_unreadable: bool) -> bool:
        """Whether nothing is left to do: unreadable files are tried again unless skipped."""
        return self.written() and (skip_unreadable or not self.receipt()["unreadable"])

    def receipt(self) -> dict[str, Any]:
        """Return what was noted of the shard when it was written."""
        return json.loads(self._receipt.read_text())

    def write(self, pool: ThreadPoolExecutor) -> Iterator[int]:
        """Decode and write the rows; yield each row as it is done."""
        self._folder.mkdir(parents=True, exist_ok=True)
        part = beside(self._path)
        writer = _writer(part, self._packing.format)
        samples, unreadable = [], []
        for row, found in zip(self.rows, _ahead(pool, self._decode, self.rows), strict=True):
            if isinstance(found, AudioError):
                unreadable.append([row, str(found)])
                found = np.zeros(0, np.int16)
            writer.write(found)
            samples.append(len(found))
            yield row
        writer.close()
        with open(part, "rb") as file:
            os.fsync(file.fileno())
        receipt = {
            "file": self._path.name,
            "bytes": part.stat().st_size,
            "sha256": _sha256(part),
            "samples": samples,
            "unreadable": unreadable,
        }
        try:
            part.replace(self._path)
        except FileNotFoundError:
            raise CorpusError(
                f"Another process writes {self._path} at the same time. Give each job of an array "
                "its own --shard-index."
            ) from None
        write_text(self._receipt, json.dumps(receipt) + "\n")

    def _decode(self, row: int) -> np.ndarray | AudioError:
        rate = self._packing.rate
        try:
            samples, found = read_int16(self._manifest.path(row), rate)
        except AudioError as error:
            return error
        if found != rate and not self._packing.resample:
            raise CorpusError(
                f"{self._manifest.path(row)} has {found} samples per second, the packed corpus "
                f"{rate}. Say --resample to bring such files to {rate}, or choose another --rate."
            )
        return samples


def _shards(folder: Path, manifest: Manifest, packing: Packing) -> list[Shard]:
    count = -(-len(manifest) // packing.shard_rows)
    return [Shard(folder, number, manifest, packing) for number in range(count)]


def _ahead(pool: ThreadPoolExecutor, work: Callable, items: Iterable) -> Iterator[Any]:
    """Yield work(item) in order, a bounded number of items ahead of the consumer."""
    depth = 8 * (pool._max_workers or 1)
    waiting: deque = deque()
    try:
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) >= depth:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        for future in waiting:
            future.cancel()


class _RecordWriter:
    """One ArrayRecord record per utterance, each readable by itself, uncompressed."""

    def __init__(self, path: Path):
        from array_record.python.array_record_module import ArrayRecordWriter

        self._writer = ArrayRecordWriter(str(path), "group_size:1,uncompressed")

    def write(self, samples: np.ndarray) -> None:
        self._writer.write(samples.astype("<i2", copy=False).tobytes())

    def close(self) -> None:
        self._writer.close()


class _ArrayWriter:
    """A .npy file of int16 (samples,), written front to back; the header is filled in last."""

    def __init__(self, path: Path):
        self._file = open(path, "wb")  # noqa: SIM115
        self._file.write(bytes(HEADER))
        self._samples = 0

    def write(self, samples: np.ndarray) -> None:
        self._file.write(samples.astype("<i2", copy=False).tobytes())
        self._samples += len(samples)

    def close(self) -> None:
        text = f"{{'descr': '<i2', 'fortran_order': False, 'shape': ({self._samples},), }}"
        header = text.encode().ljust(HEADER - 11) + b"\n"
        self._file.seek(0)
        self._file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
        self._file.close()


def _writer(path: Path, format: Format) -> _RecordWriter | _ArrayWriter:
    return _ArrayWriter(path) if format == "npy" else _RecordWriter(path)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ----------------------------------------------------------------- plan and manifests


def _claim(manifests: Mapping[str, Manifest], out: Path, packing: Packing) -> None:
    """Write packed.json, or raise CorpusError where it says that `out` holds something else."""
    names = sorted({name for m in manifests.values() for name in m.names("corpus")})
    if len(names) != 1:
        raise CorpusError(
            f"These splits come from {len(names)} corpora ({', '.join(names)}). Pack each corpus "
            "into a folder of its own, and mix the packed ones in the configuration."
        )
    plan = {
        "version": 1,
        "corpus": names[0],
        "rate": packing.rate,
        "format": packing.format,
        "shard_rows": packing.shard_rows,
        "splits": {
            name: {"rows": len(manifest), "sha256": digest(manifest)}
            for name, manifest in manifests.items()
        },
    }
    path = out / PLAN
    if not path.exists():
        if out.is_dir() and any(out.iterdir()):
            raise CorpusError(
                f"{out} holds other files. Choose an empty or a new folder for --out."
            )
        out.mkdir(parents=True, exist_ok=True)
        # Jobs of one array that start together write the same bytes.
        write_text(path, json.dumps(plan, indent=1) + "\n")
        return
    there = json.loads(path.read_text())
    for key, value in plan.items():
        if there.get(key) != value:
            raise CorpusError(_difference(out, key, there.get(key), value))


def _difference(out: Path, key: str, there: Any, wanted: Any) -> str:
    remedy = "Choose another --out."
    if key == "splits":
        changed = sorted(set(there) ^ set(wanted)) or [
            split for split in wanted if there[split] != wanted[split]
        ]
        return (
            f"{out} was begun with other rows in {', '.join(changed)}: the protocol or the choice "
            f"of splits has changed since. {remedy}"
        )
    return f"{out} was begun with {key} {there!r}, not {wanted!r}. {remedy}"


def _finish(folder: Path, manifest: Manifest, shards: list[Shard], packing: Packing) -> bool:
    """Write the packed split's manifest; return whether it is there."""
    receipts = [shard.receipt() for shard in shards]
    samples = np.array([n for receipt in receipts for n in receipt["samples"]], np.int64)
    unreadable = [pair for receipt in receipts for pair in receipt["unreadable"]]
    if unreadable and not packing.skip_unreadable:
        return False
    kept = np.delete(np.arange(len(manifest)), [row for row, _ in unreadable])
    rows = dataclasses.replace(manifest.take(kept), samples=samples[kept])
    write_array(folder / "packed_samples.npy", samples)
    listed = [{k: receipt[k] for k in ("file", "bytes", "sha256")} for receipt in receipts]
    write_manifest(folder, rows, packed_rows=len(manifest), shards=listed, unreadable=unreadable)
    return True
