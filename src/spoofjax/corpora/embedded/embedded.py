"""A corpus of embeddings: written by `spoofjax embed`, or by any encoder with tables of labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.embedded.arrays import KEY, SUFFIXES
from spoofjax.corpora.embedded.plan import is_embedded, read_plan
from spoofjax.corpora.embedded.stored import read_embedded
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import SPLITS
from spoofjax.corpora.readers.row_checks import check_ids
from spoofjax.corpora.readers.table import Table
from spoofjax.corpora.rows import Rows, check_agreement, labels_of
from spoofjax.corpora.tables import read_table
from spoofjax.errors import CorpusError, nearest


@dataclass(frozen=True)
class Embedded(Table):
    """Embeddings of a corpus, which the front end `Embeddings` reads.

    `root` is a folder that `spoofjax embed` wrote, or one with a table of each split, train.tsv,
    dev.tsv and eval.tsv, with the columns id and label, and attack, speaker and so on if they are
    known. A column `file` names the array of each utterance: an .npy, .npz or .safetensors file
    of its own, or FILE#KEY. Without that column, row i of the table belongs to row i of train.npy,
    or to the array that has its id as a name in train.npz or train.safetensors.
    """

    train: str = "train.tsv"
    dev: str = "dev.tsv"
    eval: str = "eval.tsv"
    id: str = "id"
    name: str = "embeddings"

    def splits(self) -> tuple[str, ...]:
        """Return the splits that have embeddings."""
        if is_embedded(self.root):
            splits = read_plan(self.root)["splits"]
            return tuple(split for split in SPLITS if split in splits)
        return super().splits()

    def manifest(self, split: str) -> Manifest:
        """Read one split. Raises CorpusError where it is missing, unfinished or malformed."""
        if not is_embedded(self.root):
            return self.read(split)
        splits = self.splits()
        if split not in splits:
            raise CorpusError(
                f"{Path(self.root).absolute()} has no embeddings of the split {split!r}."
                f"{nearest(split, splits)} It has: {', '.join(splits)}."
            )
        return read_embedded(Path(self.root).absolute(), split)

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        """Read the table of a split that another encoder's embeddings have."""
        rows = read_table(source, [self.id, self.label], problems, self.delimiter or None)
        words = dict.fromkeys(self.bonafide, 1) | dict.fromkeys(self.spoof, 0)
        label = labels_of(rows, self.label, words, problems)
        attack = rows.get(self.attack)
        if len(attack.names):
            attack = check_agreement(rows, label, attack, problems)
        ids = rows.text(self.id)
        keep = np.ones(len(ids), bool)
        check_ids(rows, ids, keep, problems)
        manifest = Manifest.of(
            self.name,
            ids,
            label,
            self._files(rows, ids, source),
            attack=attack,
            codec=rows.get(self.codec),
            speaker=rows.get(self.speaker),
            gender=rows.get(self.gender),
            language=rows.get(self.language),
            source=rows.get(self.source),
        )
        return manifest if keep.all() else manifest.take(keep)

    def _files(self, rows: Rows, ids: np.ndarray, table: Path) -> Files:
        """Return where the array of every row is."""
        if len(rows.get(self.file).names):
            return Files.below(self.root, rows.text(self.file), self.suffix)
        candidates = [table.with_suffix(suffix) for suffix in SUFFIXES]
        existing = [path for path in candidates if path.is_file()]
        if len(existing) != 1:
            names = ", ".join(path.name for path in candidates)
            count = f"{len(existing)} of" if existing else "none of"
            raise CorpusError(
                f"{table} has no column {self.file!r}, and beside it there are {count} {names}. "
                "Name the array of each utterance in the column, or keep one file of all."
            )
        file, keys = existing[0].absolute(), ids
        if file.suffix == ".npy":
            keys = np.arange(len(ids)).astype(np.str_)
            count = len(np.load(file, mmap_mode="r", allow_pickle=False))
            if count != len(ids):
                raise CorpusError(f"{file} has {count} rows, but {table} has {len(ids)}.")
        return Files(Column.constant(f"{file}{KEY}", len(ids)), keys, Column.constant("", len(ids)))


def is_folder_of_embeddings(folder: Path) -> bool:
    """Whether a folder was written by `spoofjax embed`, or has tables with one file of arrays."""
    tables = [folder / f"{split}.tsv" for split in SPLITS]
    return is_embedded(folder) or any(
        table.is_file() and any(table.with_suffix(suffix).is_file() for suffix in SUFFIXES)
        for table in tables
    )
