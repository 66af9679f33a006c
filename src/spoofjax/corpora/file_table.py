"""Where the audio files of a manifest lie."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.column import Column


class Files(NamedTuple):
    """Where each utterance's file lies: folder, name and suffix, spelt out only when asked."""

    folder: Column
    """Folders with their closing slash; none for names that are paths already."""
    name: np.ndarray
    suffix: Column

    @classmethod
    def under(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """Every file lies in (or below) one folder."""
        prefix = folder.rstrip("/") + "/" if folder else ""
        return cls(Column.constant(prefix, len(names)), names, Column.constant(suffix, len(names)))

    @classmethod
    def below(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """As `under`, but names that are absolute paths stay as they are."""
        prefix = folder.rstrip("/") + "/"
        folders = ["" if name.startswith("/") else prefix for name in names.tolist()]
        return cls(Column.of(folders), names, Column.constant(suffix, len(names)))

    def path(self, row: int) -> str:
        """Return the path of one file."""
        folder, suffix = self.folder.codes[row], self.suffix.codes[row]
        head = self.folder.names[folder] if folder >= 0 else ""
        return f"{head}{self.name[row]}{self.suffix.names[suffix] if suffix >= 0 else ''}"

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        heads, tails = (*self.folder.names, ""), (*self.suffix.names, "")
        rows = zip(
            self.folder.codes.tolist(), self.name.tolist(), self.suffix.codes.tolist(), strict=True
        )
        return [f"{heads[h]}{name}{tails[t]}" for h, name, t in rows]

    def take(self, indices: np.ndarray) -> Files:
        """Return the chosen rows."""
        return Files(self.folder.take(indices), self.name[indices], self.suffix.take(indices))

    @classmethod
    def join(cls, parts: Sequence[Files]) -> Files:
        """Return the rows of several tables."""
        return cls(
            Column.join([part.folder for part in parts]),
            np.concatenate([part.name for part in parts]),
            Column.join([part.suffix for part in parts]),
        )
