"""Files of copied speech, and the utterances that they are copies of."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NotRequired, TypedDict

import numpy as np

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.manifest import BONAFIDE, UNKNOWN, Manifest
from spoofjax.corpora.tables import read_table
from spoofjax.corpora.text import read_utf8
from spoofjax.errors import CorpusError
from spoofjax.json_files import parsed
from spoofjax.shapes import problem

PROVENANCE = "provenance.jsonl"
"""What `spoofjax synthesize` writes beside copies: a JSON object for each file."""
ITSELF = "-"
"""The attack, in that file, of a parent that was written unchanged."""
UNNAMED = "copy"
"""The attack of copies that lie in no folder of their own."""
SEPARATOR = re.compile(r"[^0-9A-Za-z]")
"""What may follow the parent's id in the name of a copy."""


class Copy(NamedTuple):
    """One file of copied speech."""

    file: str
    """Path below the folder of copies."""
    parent: str
    """Id of the parent; where files are told by their names, a name that begins with it."""
    attack: str
    codec: str = "-"
    """Of coded speech, which keeps the class and the attack of its parent; '-' for spoofs."""

    @property
    def is_coded(self) -> bool:
        return self.codec != "-"


class Origin(TypedDict):
    """A row of `PROVENANCE`, as far as it is needed here."""

    id: str
    parent: str
    attack: str
    codec: NotRequired[str]


def named_copies(folder: str) -> list[Copy]:
    """Return the audio files below a folder, named after their parents."""
    return [Copy(name, Path(name).stem, _attack_of(name)) for name in walk_audio(folder)]


def synthesized_copies(folder: str) -> list[Copy]:
    """Return the copies that `spoofjax synthesize` wrote to a folder, without their parents.

    Raises CorpusError for a file of which nothing is recorded.
    """
    path = Path(folder, PROVENANCE)
    origins: dict[str, Origin] = {}
    for number, line in enumerate(read_utf8(path).decode().splitlines(), start=1):
        row, wrong = parsed(line)
        wrong = wrong or problem(row, Origin, "the row")
        if wrong:
            raise CorpusError(f"{path}, line {number}: {wrong}. Run `spoofjax synthesize` again.")
        origins[row["id"]] = row
    copies = []
    for name in walk_audio(folder):
        origin = origins.get(Path(name).stem)
        if origin is None:
            raise CorpusError(f"{path} has no row for {name}. Remove this file from {folder}.")
        codec = origin.get("codec", "-")
        if codec != "-" or origin["attack"] != ITSELF:
            copies.append(Copy(name, origin["parent"], origin["attack"], codec))
    return copies


def listed_copies(folder: str, table: str) -> list[Copy]:
    """Return the copies that a table lists. Raises CorpusError for files that are missing."""
    path = Path(folder, table)
    rows = read_table(path, ("file", "parent"))
    files, parents = rows.text("file").tolist(), rows.text("parent").tolist()
    missing = [file for file in files if not Path(folder, file).is_file()]
    if missing:
        raise CorpusError(
            f"{path} lists {len(missing)} file(s) that {folder} lacks, such as {missing[0]}. "
            "Correct the column `file`, or remove these rows."
        )
    attacks = [
        attack if attack != "-" else _attack_of(file)
        for file, attack in zip(files, rows.get("attack").values(), strict=True)
    ]
    return [Copy(*row) for row in zip(files, parents, attacks, strict=True)]


def _attack_of(name: str) -> str:
    return name.partition("/")[0] if "/" in name else UNNAMED


class Parents:
    """The utterances of a split that may have copies, by their ids or by the names of copies."""

    def __init__(self, manifest: Manifest, *, by_name: bool, of_both_classes: bool = False):
        """With `by_name`, a name may go on after the id, and begins with the file name of an id
        that is a path. Spoofs are parents `of_both_classes` only."""
        self._by_name = by_name
        self._rows: dict[str, int | None] = {}
        chosen = manifest.label != UNKNOWN if of_both_classes else manifest.label == BONAFIDE
        rows = np.flatnonzero(chosen).tolist()
        ids = [str(manifest.ids[row]) for row in rows]
        for id_, row in zip(ids, rows, strict=True):
            self._add(id_, row)
        if by_name:
            for id_, row in zip(ids, rows, strict=True):
                if "/" in id_:
                    self._add(os.path.splitext(id_.rpartition("/")[2])[0], row)

    def _add(self, name: str, row: int) -> None:
        # A name that two utterances have, such as those of two corpora, tells neither of them.
        self._rows[name] = None if name in self._rows else row

    def row(self, name: str) -> int | None:
        """Return the parent that a name means, or None; of several, the one of the longest id."""
        candidates = _beginnings(name) if self._by_name else (name,)
        rows = (self._rows.get(candidate) for candidate in candidates)
        return next((row for row in rows if row is not None), None)


def _beginnings(name: str) -> Iterator[str]:
    """Yield a name, then what comes before each of its separators, longest first."""
    yield name
    for match in reversed(list(SEPARATOR.finditer(name))):
        yield name[: match.start()]
