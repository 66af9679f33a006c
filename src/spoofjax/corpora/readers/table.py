"""Any CSV or TSV table with a header: its columns are named in the configuration."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.folder import SPLIT_NAMES
from spoofjax.corpora.rows import check_agreement, labels_of
from spoofjax.corpora.tables import read_table
from spoofjax.errors import CorpusError

BONAFIDE_WORDS = ("bonafide", "bona-fide", "bona fide", "genuine", "real", "human")
SPOOF_WORDS = ("spoof", "spoofed", "fake", "synthetic", "deepfake")


@dataclass(frozen=True)
class Table(Reader):
    """Tables of files and labels: one for each split, or one for all with a column of splits.

    Paths in the tables, and of the tables, start at `root`. The columns attack, codec, speaker,
    gender, language and source are read if the table has them, under these or the given names.
    """

    train: str = ""
    """The table of the training split, CSV or TSV with a header; '' where there is none."""
    dev: str = ""
    eval: str = ""
    file: str = "file"
    """Name of the column of audio files."""
    label: str = "label"
    """Name of the column of classes; '' for a table without labels."""
    id: str = ""
    """Name of the column of ids; with '' the file names are the ids."""
    split: str = ""
    """Name of the column of splits; with '' all rows of a table belong to its split."""
    attack: str = "attack"
    codec: str = "codec"
    speaker: str = "speaker"
    gender: str = "gender"
    language: str = "language"
    source: str = "source"
    bonafide: tuple[str, ...] = BONAFIDE_WORDS
    """The words (or numbers) that mean bona fide in the column of classes."""
    spoof: tuple[str, ...] = SPOOF_WORDS
    suffix: str = ""
    """What to append to the file column, such as .flac where it holds ids."""
    delimiter: str = ""
    """The character between columns; with '' it is derived from the header."""
    name: str = "table"

    def protocol(self, split: str) -> Path | None:
        table = getattr(self, split)
        return self.find([table]) if table else None

    def expected(self, split: str) -> str:
        table = getattr(self, split)
        return f"the table {table}" if table else f"a table named by --data.{split} FILE"

    def may_be_unlisted(self, name: str) -> bool:
        return True  # a table may use only some files of a folder

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        required = [name for name in (self.file, self.label, self.id, self.split) if name]
        rows = read_table(source, required, problems, self.delimiter or None)
        if self.split:
            wanted = [name in SPLIT_NAMES[split] for name in rows.text(self.split).tolist()]
            rows = rows.take(np.flatnonzero(wanted))
            if not len(rows):
                raise CorpusError(
                    f"{source}: no row of split {split}: column {self.split!r} must hold "
                    f"{' or '.join(SPLIT_NAMES[split])}."
                )
        attack = rows.get(self.attack)
        if self.label:
            words = dict.fromkeys(self.bonafide, 1) | dict.fromkeys(self.spoof, 0)
            label = labels_of(rows, self.label, words, problems)
            if len(attack.names):
                attack = check_agreement(rows, label, attack, problems)
        else:
            label = np.full(len(rows), -1, np.int8)
        names = rows.text(self.file)
        return self.checked_manifest(
            rows,
            rows.text(self.id) if self.id else names,
            label,
            Files.below(self.root, names, self.suffix),
            problems,
            attack=attack,
            codec=rows.get(self.codec),
            speaker=rows.get(self.speaker),
            gender=rows.get(self.gender),
            language=rows.get(self.language),
            source=rows.get(self.source),
        )
