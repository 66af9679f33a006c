"""Packing: decode a corpus once into int16 shards that training reads without decoding.

The unit of work is a shard (shard.py). The result is the same to the byte whatever the number of
kills, threads or machines.
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.audio.reading import read_int16
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.documents import Receipt, ShardEntry
from spoofjax.corpora.packing.formats import FORMATS, Format, is_intact
from spoofjax.corpora.packing.part_files import sweep, write_array
from spoofjax.corpora.packing.plan import claim
from spoofjax.corpora.packing.shard import Shard
from spoofjax.corpora.packing.stored_manifest import write_manifest
from spoofjax.errors import AudioError, ConfigError, CorpusError
from spoofjax.json_files import read_json


@dataclass(frozen=True)
class Packing:
    """How a corpus is packed."""

    rate: int = 16_000
    """Samples per second of the shards."""
    format: Format = "npy"
    shard_rows: int = 1024
    """Utterances per shard."""
    resample: bool = False
    """Bring files of other rates to `rate`; otherwise such a file is an error."""
    skip_unreadable: bool = False
    """Leave unreadable files out of the packed manifest; otherwise there is no packed manifest."""
    shard_index: int = 0
    """This machine packs shards shard_index, shard_index + shard_count, ..."""
    shard_count: int = 1
    threads: int | None = None

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise ConfigError(f"format={self.format!r}: choose from {', '.join(FORMATS)}.")
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
    """Those it decoded itself; the others were packed by an earlier call."""
    unreadable: tuple[str, ...]
    """'split: file: reason' for every file of those shards that could not be read."""
    finished: tuple[str, ...]
    """Splits whose packed manifest is written."""
    waiting: Mapping[str, int]
    """Shards that other machines have yet to write, by split."""


def pack(
    manifests: Mapping[str, Manifest],
    out: Path,
    packing: Packing,
    report: Callable[[str, int, int], None] = lambda split, done, rows: None,
) -> Outcome:
    """Pack the splits of one corpus into a folder; continue where an earlier call stopped.

    `report(split, done, rows)` is called as this machine's utterances of a split are done. Raises
    CorpusError where `out` holds another corpus, rate or format, where splits come from several
    corpora, and for files of another rate.
    """
    for folder in (out, *(out / split for split in manifests)):
        sweep(folder)
    claim(out, manifests, packing.rate, packing.format, packing.shard_rows)
    total = packed_now = 0
    unreadable, finished, waiting = [], [], {}
    with ThreadPoolExecutor(packing.threads or len(os.sched_getaffinity(0))) as pool:
        for split, manifest in manifests.items():
            shards = _shards(out / split, len(manifest), packing)
            own_shards = shards[packing.shard_index :: packing.shard_count]
            rows, done = sum(len(shard.rows) for shard in own_shards), 0
            decode = _decoder(manifest, packing)
            for shard in own_shards:
                if shard.is_finished(packing.skip_unreadable):
                    done += len(shard.rows)
                    report(split, done, rows)
                else:
                    for _ in shard.write(decode, pool):
                        done, packed_now = done + 1, packed_now + 1
                        report(split, done, rows)
                unreadable += [f"{split}: {why}" for _, why in shard.receipt()["unreadable"]]
            total += rows
            missing = sum(not shard.is_written() for shard in shards)
            if missing:
                waiting[split] = missing
            elif _finish(out / split, manifest, shards, packing.skip_unreadable):
                finished.append(split)
    return Outcome(total, packed_now, tuple(unreadable), tuple(finished), waiting)


def verify(folder: Path) -> list[str]:
    """Compare every shard of a packed corpus with its checksum; return the names of damaged ones.

    Their receipts are removed, so that the same `pack` command writes them again.
    """
    damaged = []
    for path in sorted(folder.glob("*/[0-9]*.json")):
        try:
            receipt = read_json(path, Receipt, CorpusError)
        except CorpusError:
            damaged.append(f"{path.parent.name}/{path.name}")
            path.unlink()
            continue
        shard = path.parent / receipt["file"]
        if not is_intact(shard, receipt):
            damaged.append(f"{path.parent.name}/{shard.name}")
            path.unlink()
    return damaged


def _shards(folder: Path, utterances: int, packing: Packing) -> list[Shard]:
    return [
        Shard(
            folder / f"{number:05d}.{packing.format}",
            range(first, min(first + packing.shard_rows, utterances)),
        )
        for number, first in enumerate(range(0, utterances, packing.shard_rows))
    ]


def _decoder(manifest: Manifest, packing: Packing) -> Callable[[int], np.ndarray | AudioError]:
    """Return the function that reads one row as `Shard.write` wants it."""

    def decode(row: int) -> np.ndarray | AudioError:
        path, wanted = manifest.path(row), packing.rate
        try:
            samples, rate = read_int16(path, wanted)
        except AudioError as error:
            return error
        if rate != wanted and not packing.resample:
            raise CorpusError(
                f"{path} has {rate} samples per second, the packed corpus {wanted}. "
                f"Use --resample to bring such files to {wanted}, or choose another --rate."
            )
        return samples

    return decode


def _finish(folder: Path, manifest: Manifest, shards: list[Shard], skip_unreadable: bool) -> bool:
    """Write the manifest of a packed split; return False where unreadable files forbid it."""
    receipts = [shard.receipt() for shard in shards]
    samples = np.array([n for receipt in receipts for n in receipt["samples"]], np.int64)
    unreadable = [pair for receipt in receipts for pair in receipt["unreadable"]]
    if unreadable and not skip_unreadable:
        return False
    kept = np.delete(np.arange(len(manifest)), [row for row, _ in unreadable])
    rows = dataclasses.replace(manifest.take(kept), samples=samples[kept])
    write_array(folder / "packed_samples.npy", samples)
    listed = [
        {name: receipt[name] for name in ShardEntry.__annotations__ if name in receipt}
        for receipt in receipts
    ]
    write_manifest(folder, rows, packed_rows=len(manifest), shards=listed, unreadable=unreadable)
    return True
