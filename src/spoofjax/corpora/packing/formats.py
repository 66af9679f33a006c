"""The formats of shards: which class writes each, and which reads it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spoofjax.corpora.packing.npy_shards import (
    NpyAudio,
    NpyWriter,
    checksums_of,
    checksums_path,
    sha256_of_checksums,
)
from spoofjax.corpora.packing.packed_audio import PackedAudio
from spoofjax.corpora.packing.part_files import write_array
from spoofjax.corpora.packing.plan import read_plan
from spoofjax.corpora.packing.record_shards import RecordAudio, RecordWriter
from spoofjax.corpora.packing.stored_manifest import load_array
from spoofjax.errors import CorpusError

Format = Literal["npy", "arrayrecord"]
FORMATS: tuple[Format, ...] = ("npy", "arrayrecord")

WRITERS = {"npy": NpyWriter, "arrayrecord": RecordWriter}
READERS = {"npy": NpyAudio, "arrayrecord": RecordAudio}


def write_checksums(part: Path, shard: Path) -> dict[str, str]:
    """Write the checksums of a shard's blocks beside it; return what its receipt says of them.

    `part` holds what becomes `shard`. ArrayRecord has checksums of its own, so nothing is written.
    """
    if shard.suffix != ".npy":
        return {}
    checksums = checksums_of(part)
    write_array(checksums_path(shard), checksums)
    return {"checksums": sha256_of_checksums(checksums)}


def is_intact(shard: Path, receipt: Mapping[str, Any]) -> bool:
    """Whether a shard, and the file of its checksums if it has one, are as its receipt says."""
    if not shard.is_file() or sha256_of(shard) != receipt["sha256"]:
        return False
    if "checksums" not in receipt:
        return True
    try:
        checksums = load_array(shard.parent, checksums_path(shard).stem, np.uint64)
    except CorpusError:
        return False
    return sha256_of_checksums(checksums) == receipt["checksums"]


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_packed(folder: str | Path) -> PackedAudio:
    """Open one packed split, such as DIR/train, in the format it was packed in."""
    return READERS[read_plan(Path(folder).parent)["format"]](folder)
