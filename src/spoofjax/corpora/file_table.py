"""The paths of the audio files of a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from spoofjax.corpora.column import Column


class Files(NamedTuple):
    """The path of every utterance as folder, name and suffix, joined only when it is asked for."""

    folder: Column
    """Folders, ending in a slash; none for names that are whole paths."""
    name: np.ndarray
    suffix: Column

    @classmethod
    def under(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """Return the table of files that are all in, or below, one folder."""
        prefix = folder.rstrip("/") + "/" if folder else ""
        return cls(Column.constant(prefix, len(names)), names, Column.constant(suffix, len(names)))

    @classmethod
    def below(cls, folder: str, names: np.ndarray, suffix: str = "") -> Files:
        """Do as `under` does, but leave names that are absolute paths as they are."""
        prefix = folder.rstrip("/") + "/"
        folders = ["" if name.startswith("/") else prefix for name in names.tolist()]
        return cls(Column.of(folders), names, Column.constant(suffix, len(names)))

    def path(self, row: int) -> str:
        """Return the path of one file."""
        folder, suffix = self.folder.codes[row], self.suffix.codes[row]
        start = self.folder.names[folder] if folder >= 0 else ""
        end = self.suffix.names[suffix] if suffix >= 0 else ""
        return f"{start}{self.name[row]}{end}"

    def paths(self) -> list[str]:
        """Return the paths of all files."""
        starts, ends = (*self.folder.names, ""), (*self.suffix.names, "")
        rows = zip(
            self.folder.codes.tolist(), self.name.tolist(), self.suffix.codes.tolist(), strict=True
        )
        return [f"{starts[folder]}{name}{ends[suffix]}" for folder, name, suffix in rows]

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
