"""A corpus together with copies of its utterances: spoofs of bona fide speech, or coded speech."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.config import Corpus
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import COLUMNS, SPOOF, Manifest
from spoofjax.corpora.readers.copy_files import (
    PROVENANCE,
    Copy,
    Parents,
    listed_copies,
    named_copies,
    synthesized_copies,
)
from spoofjax.errors import CorpusError

NAMED = 5
"""Copies without a parent that an error names before it counts the others."""


@dataclass(frozen=True)
class WithCopies(Corpus):
    """A corpus, and a folder of copies of its utterances: as further spoofs, or coded.

    A copy is named after its parent: P.wav, or P followed by anything that does not begin with a
    letter or a digit, such as P_hifigan.wav. P is the id of the parent; of an id that is a path, it
    is the file name without its suffix. A table may say instead what is a copy of what. A folder
    that `spoofjax synthesize` wrote needs neither.

    A copy joins the split of its parent and has the parent's corpus, codec, speaker, gender,
    language and source. The column `parent` holds the parent's id. The id of a copy is its path
    without the suffix, after 'copies/'. Its attack is what the table says, else the first folder of
    its path or, for a file directly in `folder`, 'copy'.

    What `spoofjax synthesize --codecs` wrote is no attack but transmitted speech of both classes:
    such a copy has the label, the attack and the segments of its parent, and a codec of its own.
    Its id begins with 'coded/'.
    """

    original: Corpus
    folder: str
    """The folder of copies: audio files at any depth; with '' there are no copies."""
    table: str = ""
    """A CSV or TSV file in `folder` with the columns `file`, a path that starts at `folder`, and
    `parent`; it may have a column `attack`. Files that it does not list are left out."""
    into: tuple[str, ...] = ("train",)
    """The splits whose utterances get their copies."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", os.path.expanduser(self.folder))
        if self.table and not self.folder:
            raise CorpusError(f"WithCopies: the table {self.table} needs the folder it is in.")

    @property
    def name(self) -> str:
        """That of the corpus without copies."""
        return self.original.name

    def splits(self) -> tuple[str, ...]:
        """Return the splits of the corpus."""
        return self.original.splits()

    def manifest(self, split: str) -> Manifest:
        """Read a split of the corpus, followed by the copies of its utterances.

        Raises CorpusError where a copy has no parent in any split, bona fide unless the copy is
        coded speech, and where there is no copy for this one.
        """
        manifest = self.original.manifest(split)
        if not self.folder or split not in self.into:
            return manifest
        copies = self._copies()
        parents = self._parents(manifest, copies)
        rows = [parents.row(copy.parent) for copy in copies]
        self._check_parents(
            [copy for copy, row in zip(copies, rows, strict=True) if row is None], split
        )
        kept = [(copy, row) for copy, row in zip(copies, rows, strict=True) if row is not None]
        if not kept:
            kind = "an" if _are_coded(copies) else "a bona fide"
            raise CorpusError(
                f"{self.folder} holds no copy of {kind} utterance of the {split} split of "
                f"{self.name}. Leave {split!r} out of `into`, or name another folder."
            )
        return Manifest.concatenate([manifest, self._joined(manifest, kept)], manifest.shares)

    @property
    def _is_synthesized(self) -> bool:
        return not self.table and Path(self.folder, PROVENANCE).is_file()

    @property
    def _goes_by_names(self) -> bool:
        return not self.table and not self._is_synthesized

    def _copies(self) -> list[Copy]:
        if not Path(self.folder).is_dir():
            raise CorpusError(f"There is no folder of copies {Path(self.folder).absolute()}.")
        if self.table:
            return listed_copies(self.folder, self.table)
        return (synthesized_copies if self._is_synthesized else named_copies)(self.folder)

    def _parents(self, manifest: Manifest, copies: Sequence[Copy]) -> Parents:
        return Parents(manifest, by_name=self._goes_by_names, of_both_classes=_are_coded(copies))

    def _check_parents(self, copies: Sequence[Copy], split: str) -> None:
        """Raise CorpusError unless each of these copies has a parent in another split."""
        for other in self.original.splits():
            if copies and other != split:
                parents = self._parents(self.original.manifest(other), copies)
                copies = [copy for copy in copies if parents.row(copy.parent) is None]
        if copies:
            named = ", ".join(f"{copy.parent!r} ({copy.file})" for copy in copies[:NAMED])
            others = f" and {len(copies) - NAMED} more" if len(copies) > NAMED else ""
            raise CorpusError(
                f"{len(copies)} of the copies in {self.folder} have no parent, or not one alone, "
                f"among the {'' if _are_coded(copies) else 'bona fide '}utterances of {self.name}: "
                f"{named}{others}. Correct the names, remove these files, or map files to parents "
                "by a table."
            )

    def _joined(self, manifest: Manifest, kept: Sequence[tuple[Copy, int]]) -> Manifest:
        """Return the manifest of copies, each with the row of its parent in `manifest`."""
        copies, rows = [copy for copy, _ in kept], np.array([row for _, row in kept])
        own = {name: manifest.column(name).take(rows) for name in COLUMNS}
        are_coded = np.array([copy.is_coded for copy in copies])
        # Attacks of coded speech and codecs of spoofs are those of the parents.
        attacks = [
            c.attack if not c.is_coded else own["attack"].at(n) for n, c in enumerate(copies)
        ]
        codecs = [c.codec if c.is_coded else own["codec"].at(n) for n, c in enumerate(copies)]
        parents = manifest.ids[rows].tolist()
        values = {"attack": attacks, "codec": codecs, "parent": parents}
        columns = {name: Column.of(column) for name, column in values.items()}
        segments = manifest.segments if are_coded.all() else None
        return Manifest(
            np.array([_id(copy) for copy in copies]),
            np.where(are_coded, manifest.label[rows], SPOOF).astype(np.int8),
            Files.under(self.folder, np.array([copy.file for copy in copies])),
            own | columns,
            segments=None if segments is None else segments.take(rows),
        )


def _id(copy: Copy) -> str:
    """Return the id of a copy. One codec may be an attack in one folder and coded in another."""
    return f"{'coded' if copy.is_coded else 'copies'}/{os.path.splitext(copy.file)[0]}"


def _are_coded(copies: Sequence[Copy]) -> bool:
    """Whether copies are coded speech, of both classes, rather than spoofs of bona fide speech."""
    return any(copy.is_coded for copy in copies)
