"""Parquet files with embedded audio, as mirrors on Hugging Face and arenas publish data sets."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import UNKNOWN, Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.folder import SPLIT_NAMES
from spoofjax.corpora.readers.parquet_columns import AUDIO_PATH, first_named, read_columns
from spoofjax.corpora.readers.parquet_shards import missing_shards, shards_named
from spoofjax.corpora.readers.row_checks import check_ids
from spoofjax.corpora.readers.table import BONAFIDE_WORDS, SPOOF_WORDS
from spoofjax.corpora.repeats import first_repeat
from spoofjax.corpora.rows import Rows, check_agreement, column_named, labels_of
from spoofjax.corpora.text import and_more
from spoofjax.errors import CorpusError, nearest

log = logging.getLogger("spoofjax")

IDS = ("utterance_id", "id")
FILES = ("file_id", "path", AUDIO_PATH)
"""Names of columns that serve as ids where none of them repeats."""
NAMES = {
    "attack": ("attack", "system", "generator", "model"),
    "codec": ("codec",),
    "speaker": ("speaker", "speaker_id"),
    "gender": ("gender",),
    "language": ("language", "lang"),
    "source": ("source", "source_corpus"),
}
"""By the column of the manifest, the names that columns and notes have in such data sets."""


@dataclass(frozen=True)
class Parquet(Reader):
    """data/<split>-00000-of-00040.parquet, or <split>/*.parquet, with a column of audio.

    A row has the struct `audio` (bytes, path), the class in `label`, and what else is known in
    columns of their own or in one of JSON objects. The shards are read as they are: a row together
    with its row group, which is fast in order and slow at random, so that training wants the
    corpus packed (`spoofjax pack`). Needs pyarrow (extra `parquet`).
    """

    label: str = "label"
    """Column or note of classes; '' for a data set without labels."""
    bonafide: tuple[str, ...] = BONAFIDE_WORDS
    """The words (or numbers) that mean bona fide. Numbers for which the files name classes are
    replaced by these names."""
    spoof: tuple[str, ...] = (*SPOOF_WORDS, "spoofing")
    notes: str = "notes"
    """Name of a column of JSON objects, whose keys count as further columns."""
    id: str = ""
    """Column or note of ids; '' takes utterance_id or id, or else the names of the files, if
    none repeats, or numbers."""
    attack: str = ""
    """Column or note of attacks; '' takes the first of attack, system, generator and model. The
    fields below are alike."""
    codec: str = ""
    speaker: str = ""
    gender: str = ""
    language: str = ""
    source: str = ""
    serve_as: Literal["", "train", "dev", "eval"] = ""
    """What all shards serve as, whatever split they are named after."""
    name: str = "parquet"

    def shards(self, split: str) -> list[Path]:
        """Return the files of a split, in the order of their names."""
        if self.serve_as:
            names = sum(SPLIT_NAMES.values(), ()) if split == self.serve_as else ()
        else:
            names = SPLIT_NAMES[split]
        return shards_named(Path(self.root), names)

    def protocol(self, split: str) -> Path | None:
        return next(iter(self.shards(split)), None)

    def expected(self, split: str) -> str:
        if self.serve_as and split != self.serve_as:
            return f"nothing, as all shards serve as {self.serve_as} (see --data.serve-as),"
        name = {"train": "train", "dev": "validation", "eval": "test"}[split]
        return f"Parquet files such as data/{name}-00000-of-00001.parquet"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        shards = self.shards(split)
        self._check_complete(shards, problems)
        rows, counts, names = read_columns(shards, self.notes, self._wanted())
        self._check_names(rows.path, names)
        label = self._labels(rows, problems)
        ids = self._ids(rows, shards, counts)
        keep = np.ones(len(rows), bool)
        check_ids(rows, ids, keep, problems)
        columns: dict[str, Any] = {name: rows.get(self._column(rows, name)) for name in NAMES}
        columns["attack"] = self._attacks(rows, label, problems)
        manifest = Manifest.of(self.name, ids, label, _files(shards, counts), **columns)
        return manifest if keep.all() else manifest.take(keep)

    def _wanted(self) -> set[str]:
        """Return the names of all columns that may be used."""
        given = {getattr(self, name) for name in ("label", "id", *NAMES)}
        return {*given, *IDS, *FILES, *(name for names in NAMES.values() for name in names)} - {""}

    def _check_names(self, source: Path, names: list[str]) -> None:
        """Raise CorpusError for a name of this configuration that no column and no note has."""
        for field in ("label", "id", *NAMES):
            name = getattr(self, field)
            if name and column_named(name, names) is None:
                raise CorpusError(
                    f"{source} has no column and no note {name!r} (--data.{field})."
                    f"{nearest(name, names)} It has: {', '.join(names)}."
                )

    def _column(self, rows: Rows, name: str) -> str:
        """Return the column that is used for one of the manifest; '' where there is none."""
        return getattr(self, name) or first_named(NAMES.get(name, IDS), rows.columns)

    def _labels(self, rows: Rows, problems: Problems) -> np.ndarray:
        if not self.label:
            return np.full(len(rows), UNKNOWN, np.int8)
        words = dict.fromkeys(self.bonafide, 1) | dict.fromkeys(self.spoof, 0)
        unnamed = set(rows.get(self.label).names) - set(words)
        if unnamed and unnamed <= {"0", "1"}:
            raise CorpusError(
                f"{rows.path}: the column {self.label!r} holds numbers, and the files do not say "
                "which is bona fide. Say so: --data.bonafide 0 --data.spoof 1, or 1 and 0."
            )
        return labels_of(rows, self.label, words, problems)

    def _attacks(self, rows: Rows, label: np.ndarray, problems: Problems) -> Column:
        name = self._column(rows, "attack")
        attack = rows.get(name)
        if name.lower() == "attack" and len(attack.names):
            return check_agreement(rows, label, attack, problems)
        # Other columns name the origin of bona fide rows as well, such as 'natural'.
        return Column(np.where(label == 1, -1, attack.codes).astype(np.int32), attack.names)

    def _ids(self, rows: Rows, shards: list[Path], counts: list[int]) -> np.ndarray:
        name = self._column(rows, "id")
        if name:
            return rows.text(name)
        for name in FILES:
            if name in rows.columns and first_repeat(rows.text(name)) is None:
                return rows.text(name)
        numbered = zip(shards, counts, strict=True)
        return np.array([f"{path.stem}-{n}" for path, count in numbered for n in range(count)])

    def _check_complete(self, shards: list[Path], problems: Problems) -> None:
        missing = missing_shards(shards)
        if missing and self.missing == "skip":
            log.warning("%d shards are missing, the first is %s.", len(missing), missing[0])
        elif missing:
            problems.add(
                "missing",
                missing[0],
                f"this shard is missing{and_more(len(missing), 'shards')}.",
                "Download the rest, or read what there is with --data.missing skip.",
                count=len(missing),
            )


def _files(shards: list[Path], counts: list[int]) -> Files:
    """Return the paths SHARD#ROW of all rows."""
    codes = np.repeat(np.arange(len(shards), dtype=np.int32), counts)
    rows = np.concatenate([np.arange(count) for count in counts])
    names = np.char.add("#", rows.astype(np.str_))
    return Files(
        Column(codes, tuple(str(path) for path in shards)),
        names,
        Column.constant("", len(rows)),
    )
