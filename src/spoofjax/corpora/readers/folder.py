"""A tree of audio files whose folders tell their labels, without a protocol."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spoofjax.corpora.audio_files import AUDIO_SUFFIXES, walk_audio
from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader

SPLIT_NAMES = {
    "train": ("train", "training"),
    "dev": ("dev", "development", "validation", "valid", "val"),
    "eval": ("eval", "evaluation", "test", "testing"),
}
"""The names of each split in folders and tables."""


@dataclass(frozen=True)
class Folder(Reader):
    """Folders `bonafide` and `spoof`, below train/, dev/ and eval/ or directly in the root.

    Folders inside `spoof` are attacks; an utterance's id is its path from the split's folder.
    """

    bonafide: str = "bonafide"
    spoof: str = "spoof"
    split: Literal["train", "dev", "eval"] = "eval"
    """The split of a tree that has no folders for splits."""
    language: str = ""
    name: str = "folder"

    def protocol(self, split: str) -> Path | None:
        for folder in SPLIT_NAMES[split]:
            path = Path(self.root, folder)
            if (path / self.bonafide).is_dir() or (path / self.spoof).is_dir():
                return path
        root = Path(self.root)
        has_classes = (root / self.bonafide).is_dir() or (root / self.spoof).is_dir()
        return root if has_classes and split == self.split else None

    def expected(self, split: str) -> str:
        words = f"folders {self.bonafide} and {self.spoof}"
        directly = f" (or directly, as the tree serves as {split})" if split == self.split else ""
        return f"{words} in {'/ or '.join(SPLIT_NAMES[split])}/{directly}"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        names: list[str] = []
        label: list[int] = []
        attack: list[str] = []
        for folder, value in ((self.bonafide, 1), (self.spoof, 0)):
            path = source / folder
            in_class = walk_audio(path) if path.is_dir() else []
            if not in_class:
                problems.add(
                    "empty-class",
                    path,
                    f"no audio file in the folder of {'bona fide' if value else 'spoofed'} speech.",
                    f"Put files into it ({' '.join(sorted(AUDIO_SUFFIXES))}), or name the folder "
                    f"that holds them (--data.{'bonafide' if value else 'spoof'} NAME).",
                )
            names += [f"{folder}/{name}" for name in in_class]
            label += [value] * len(in_class)
            attack += [
                name.partition("/")[0] if value == 0 and "/" in name else "-" for name in in_class
            ]
        ids = np.array(names, np.str_)
        return Manifest.of(
            self.name,
            ids,
            np.array(label, np.int8),
            Files.under(str(source), ids),
            attack=Column.of(attack),
            language=self.language,
        )
