"""A packed corpus: int16 shards with the manifest beside them, read without any decoding.

DIR/packed.json        what was packed: corpus, rate, format, splits
DIR/train/manifest.json, *.npy       the manifest by columns, and the shards with their checksums
DIR/train/00000.npy, ...             int16 (samples,), utterances end to end; or
DIR/train/00000.arrayrecord, ...     one record per utterance
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.packing.plan import read_plan
from spoofjax.corpora.packing.stored_manifest import packed_rows, read_manifest
from spoofjax.errors import CorpusError, nearest

MARK = "#"
"""Ends the folder in the path of a packed utterance: DIR/train#17 is row 17 of the split."""


@dataclass(frozen=True)
class Packed(Corpus):
    """A corpus that `spoofjax pack` wrote, with the name, splits and columns of its original."""

    root: str
    """The folder that was packed into."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", os.path.expanduser(self.root))

    @property
    def name(self) -> str:
        """Name of the corpus that was packed."""
        return read_plan(self.root)["corpus"]

    def splits(self) -> tuple[str, ...]:
        """Return the packed splits."""
        return tuple(read_plan(self.root)["splits"])

    def manifest(self, split: str) -> Manifest:
        """Read one split. Raises CorpusError where it was not packed, or only in part."""
        splits = self.splits()
        if split not in splits:
            raise CorpusError(
                f"{Path(self.root).absolute()} has no packed split {split!r}."
                f"{nearest(split, splits)} It has: {', '.join(splits)}."
            )
        folder = Path(self.root).absolute() / split
        rows = packed_rows(folder)
        files = Files(
            Column.constant(f"{folder}{MARK}", len(rows)),
            rows.astype(np.str_),
            Column.constant("", len(rows)),
        )
        return read_manifest(folder, files)
