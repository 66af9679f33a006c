"""The shards of a split of embeddings, and the manifest that is written when all are complete.

DIR/embeddings.json                  what was computed, and from what
DIR/train/00000.npy                  float16 (utterances, layers, width), or with frames
                                     (frames, layers, width), utterances end to end
DIR/train/00000.frames.npy           int64 (utterances,): frames of each, where there are frames
DIR/train/00000.json                 the receipt of the shard
DIR/train/manifest.json, *.npy       the manifest by columns, as in a packed corpus
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.embedded.arrays import KEY, frames_path
from spoofjax.corpora.embedded.plan import read_plan
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.part_files import beside, write_array, write_text
from spoofjax.corpora.packing.stored_manifest import (
    TABLE,
    load_array,
    read_manifest,
    write_manifest,
)
from spoofjax.errors import CorpusError
from spoofjax.files import naming
from spoofjax.json_files import read_json
from spoofjax.names import FileName
from spoofjax.shapes import Count


class EmbeddingReceipt(TypedDict):
    """The receipt of a shard."""

    file: FileName
    bytes: Count
    sha256: str
    weights: NotRequired[str]
    frames: NotRequired[list[Count]]
    unreadable: list[tuple[Count, str]]


@dataclasses.dataclass(frozen=True)
class EmbeddingShard:
    """The file of some consecutive rows of a manifest. One with a receipt is complete."""

    path: Path
    rows: range

    @property
    def receipt_path(self) -> Path:
        """The JSON file that is written when the shard is complete."""
        return self.path.with_suffix(".json")

    def is_written(self) -> bool:
        """Whether the receipt exists, and the file in its full size."""
        if not (self.receipt_path.is_file() and self.path.is_file()):
            return False
        return self.path.stat().st_size == self.receipt()["bytes"]

    def receipt(self) -> EmbeddingReceipt:
        """Return what was noted when the shard was written. Raises CorpusError for damage."""
        remedy = "Delete it; the same `spoofjax embed` command writes the shard again."
        return read_json(self.receipt_path, EmbeddingReceipt, CorpusError, remedy)

    def write(
        self,
        arrays: Sequence[np.ndarray],
        pooled: bool,
        unreadable: Sequence[tuple[int, str]],
        weights: str,
    ) -> None:
        """Write the arrays of all rows, each (frames, layers, width), in one step.

        A row that could not be read has a single frame of zeros, and is among `unreadable`.
        `weights` is the hash of the weights that computed the arrays, which the receipt records.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        values = np.concatenate(arrays).astype(np.float16)
        facts: dict = {"unreadable": list(unreadable), "weights": weights}
        if not pooled:
            facts["frames"] = [len(array) for array in arrays]
            write_array(frames_path(self.path), np.array(facts["frames"], np.int64))
        part = beside(self.path)
        with naming(self.path), part.open("wb") as file:
            np.save(file, values)
            file.flush()
            os.fsync(file.fileno())
        with part.open("rb") as file:
            facts["sha256"] = hashlib.file_digest(file, "sha256").hexdigest()
        facts |= {"file": self.path.name, "bytes": part.stat().st_size}
        part.replace(self.path)
        write_text(self.receipt_path, json.dumps(facts) + "\n")


def shards_of(folder: Path, utterances: int, shard_rows: int) -> list[EmbeddingShard]:
    """Return the shards of a split of so many utterances."""
    return [
        EmbeddingShard(
            folder / f"{number:05d}.npy", range(first, min(first + shard_rows, utterances))
        )
        for number, first in enumerate(range(0, utterances, shard_rows))
    ]


def finish_split(folder: Path, manifest: Manifest, shards: Sequence[EmbeddingShard]) -> None:
    """Write the manifest of a split whose shards are complete, without unreadable utterances."""
    receipts = [shard.receipt() for shard in shards]
    unreadable = [pair for receipt in receipts for pair in receipt["unreadable"]]
    kept = np.delete(np.arange(len(manifest)), [row for row, _ in unreadable])
    frames = [count for receipt in receipts for count in receipt.get("frames", [])]
    samples = np.array(frames, np.int64)[kept] if frames else None
    write_array(folder / "places.npy", kept)
    rows = dataclasses.replace(manifest.take(kept), samples=samples, segments=None)
    listed = [{key: r[key] for key in ("file", "bytes", "sha256")} for r in receipts]
    write_manifest(folder, rows, packed_rows=len(manifest), shards=listed, unreadable=unreadable)


def read_embedded(root: Path, split: str) -> Manifest:
    """Read the manifest of a split. Raises CorpusError where it is unfinished or damaged."""
    folder, rows = root / split, read_plan(root)["shard_rows"]
    if not (folder / TABLE).is_file():
        raise CorpusError(
            f"{folder / TABLE} is missing: the embeddings of this split are not finished. "
            "Run the same `spoofjax embed` command again; it continues where it stopped."
        )
    places = load_array(folder, "places", np.int64)
    names = [f"{folder / f'{number:05d}.npy'}{KEY}" for number in range(_shards(places, rows))]
    files = Files(
        Column((places // rows).astype(np.int32), tuple(names)),
        (places % rows).astype(np.str_),
        Column.constant("", len(places)),
    )
    return read_manifest(folder, files)


def _shards(places: np.ndarray, rows: int) -> int:
    return int(places.max()) // rows + 1 if len(places) else 0
