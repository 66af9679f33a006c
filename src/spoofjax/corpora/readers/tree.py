"""Corpora without a protocol: what a file is follows from the folders it lies in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.audio_files import walk_audio
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit, Reader


class Found(NamedTuple):
    """One audio file and what its place says of it; `id` '' takes `name`."""

    folder: str
    name: str
    label: int
    attack: str = "-"
    speaker: str = "-"
    language: str = "-"
    gender: str = "-"
    id: str = ""


@dataclass(frozen=True)
class Tree(Reader):
    """A folder tree; subclasses list its files with `walk`."""

    def walk(self, split: str, source: Path, problems: Problems) -> list[Found]:
        """Return the files of a split."""
        raise NotImplementedError

    def rows(self, split: str, source: Path, problems: Problems) -> Manifest:
        found = self.walk(split, source, problems)
        if not found:
            problems.add(
                "empty-class", source, "no audio file.", f"Expected {self.expected(split)}."
            )
        ids = np.array([f.id or f.name for f in found], np.str_)
        names = ids if all(f.id == "" for f in found) else np.array([f.name for f in found])
        files = Files(
            Column.of([f.folder.rstrip("/") + "/" for f in found]),
            names,
            Column.constant("", len(found)),
        )
        return Manifest.of(
            self.name,
            ids,
            np.array([f.label for f in found], np.int8),
            files,
            attack=Column.of([f.attack for f in found]),
            speaker=Column.of([f.speaker for f in found]),
            language=Column.of([f.language for f in found]),
            gender=Column.of([f.gender for f in found]),
        )


@dataclass(frozen=True)
class FakeOnly(OneSplit, Tree):
    """A corpus of spoofs whose bona fide side lies elsewhere: `real` names its folders."""

    real: tuple[str, ...] = ()
    """Folders of bona fide speech to add; without them no detector can be trained or judged."""

    def add_real(
        self, problems: Problems, facts: Callable[[str, str], dict[str, str]]
    ) -> list[Found]:
        """Return the files of the `real` folders; `facts(folder, name)` gives columns and id."""
        found: list[Found] = []
        for folder in self.real:
            names = walk_audio(folder) if Path(folder).is_dir() else []
            if not names:
                problems.add(
                    "empty-class",
                    folder,
                    "no bona fide audio here.",
                    "Name the folders of real speech with `real` (--data.real DIR ...).",
                )
            found += [Found(folder, name, 1, **facts(folder, name)) for name in names]
        return found


def parts_of(
    names: Sequence[str], depth: int, source: Path, form: str, problems: Problems
) -> list[tuple[str, list[str]]]:
    """Return (name, its path's parts) for paths of exactly `depth` parts; report all others."""
    split = [(name, name.split("/")) for name in names]
    wrong = [name for name, parts in split if len(parts) != depth]
    if wrong:
        problems.add(
            "layout",
            source,
            f"{wrong[0]} lies where no file belongs (and {len(wrong) - 1} more do).",
            f"Files are laid out as {form} here: move or remove it.",
            count=len(wrong),
        )
    return [(name, parts) for name, parts in split if len(parts) == depth]
