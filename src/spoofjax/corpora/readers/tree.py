"""Corpora without a protocol: the folders of a file tell its label and columns."""

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
from spoofjax.corpora.text import and_more


class AudioFile(NamedTuple):
    """One audio file and what its path tells; with `id` '' the name is the id."""

    folder: str
    name: str
    label: int
    attack: str = "-"
    speaker: str = "-"
    language: str = "-"
    gender: str = "-"
    id: str = ""
    source: str = "-"


@dataclass(frozen=True)
class Tree(Reader):
    """A corpus as a folder tree; subclasses implement `list_files`."""

    def list_files(self, split: str, source: Path, problems: Problems) -> list[AudioFile]:
        """Return the files of a split."""
        raise NotImplementedError

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        listed = self.list_files(split, source, problems)
        if not listed:
            problems.add(
                "empty-class", source, "no audio file.", f"Expected {self.expected(split)}."
            )
        ids = np.array([file.id or file.name for file in listed], np.str_)
        names = np.array([file.name for file in listed], np.str_)
        files = Files(
            Column.of([file.folder.rstrip("/") + "/" for file in listed]),
            names,
            Column.constant("", len(listed)),
        )
        return Manifest.of(
            self.name,
            ids,
            np.array([file.label for file in listed], np.int8),
            files,
            attack=Column.of([file.attack for file in listed]),
            speaker=Column.of([file.speaker for file in listed]),
            language=Column.of([file.language for file in listed]),
            gender=Column.of([file.gender for file in listed]),
            source=Column.of([file.source for file in listed]),
        )


@dataclass(frozen=True)
class FakeOnly(OneSplit, Tree):
    """A corpus of spoofs only, to which folders of bona fide speech can be added."""

    real: tuple[str, ...] = ()
    """Folders of bona fide speech to add; training and evaluation need both classes."""

    def real_files(
        self, problems: Problems, facts: Callable[[str, str], dict[str, str]]
    ) -> list[AudioFile]:
        """Return the files of the `real` folders; `facts(folder, name)` gives columns and id."""
        files: list[AudioFile] = []
        for folder in self.real:
            names = walk_audio(folder) if Path(folder).is_dir() else []
            if not names:
                problems.add(
                    "empty-class",
                    folder,
                    "no bona fide audio in this folder.",
                    "Name the folders of real speech with `real` (--data.real DIR ...).",
                )
            files += [AudioFile(folder, name, 1, **facts(folder, name)) for name in names]
        return files


def parts_of(
    names: Sequence[str], depth: int, source: Path, form: str, problems: Problems
) -> list[tuple[str, list[str]]]:
    """Return (name, parts) for the paths that have exactly `depth` parts; report the others."""
    split = [(name, name.split("/")) for name in names]
    wrong = [name for name, parts in split if len(parts) != depth]
    if wrong:
        problems.add(
            "layout",
            source,
            f"{wrong[0]} is outside the layout{and_more(len(wrong), 'files')}.",
            f"The layout is {form}: move or remove such files.",
            count=len(wrong),
        )
    return [(name, parts) for name, parts in split if len(parts) == depth]
