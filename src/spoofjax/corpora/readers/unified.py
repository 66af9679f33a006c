"""The unified table of AntiDeepfake: one CSV for any number of corpora and splits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import check_agreement, labels_of
from spoofjax.corpora.tables import read_table
from spoofjax.errors import CorpusError

COLUMNS = (
    "ID", "Label", "Duration", "SampleRate", "Path", "Attack", "Speaker", "Proportion",
    "AudioChannel", "AudioEncoding", "AudioBitSample", "Language",
)  # fmt: skip
PROPORTIONS = {"train": "train", "dev": "valid", "eval": "test"}
KEYS = {"real": 1, "fake": 0}
NEEDED = ("ID", "Label", "Path", "Attack", "Speaker", "Proportion", "Language")


@dataclass(frozen=True)
class Unified(Reader):
    """A table with the header ID,Label,...,Language; `root` takes the place of $ROOT in its paths.

    Rows of files that were missing when the table was made (Duration -1 or no path) are reported
    like missing files.
    """

    table: str = ""
    """The CSV file, relative to `root` or the working directory; '': the only one in `root`."""
    rest: Literal["train", "dev", "eval"] = "eval"
    """The split of rows with the proportion '-'."""
    name: str = "unified"

    def _table(self) -> Path | None:
        if self.table:
            path = Path(self.table)
            return self.find([self.table]) or (path if path.is_file() else None)
        tables = sorted(Path(self.root).glob("*.csv")) if Path(self.root).is_dir() else []
        return tables[0] if len(tables) == 1 else None

    def protocol(self, split: str) -> Path | None:
        return self._table()

    def has_split(self, split: str) -> bool:
        table = self._table()
        if table is None:
            return False
        return bool(self._chosen(read_table(table, NEEDED).get("Proportion"), split).any())

    def expected(self, split: str) -> str:
        return self.table or "one CSV table (or name it with --data.table FILE)"

    def _chosen(self, proportion: Column, split: str) -> np.ndarray:
        wanted = [name == PROPORTIONS[split] for name in proportion.names]
        return np.array([*wanted, split == self.rest], bool)[proportion.codes]

    def may_be_unlisted(self, name: str) -> bool:
        return True  # a table may use only some files of a folder

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_table(source, NEEDED, problems)
        unknown = set(rows.get("Proportion").names) - set(PROPORTIONS.values())
        if unknown:
            problems.add(
                "unknown-key",
                source,
                f"unknown proportion {sorted(unknown)[0]!r}.",
                f"It must be {', '.join(PROPORTIONS.values())} or '-'.",
            )
        rows = rows.take(np.flatnonzero(self._chosen(rows.get("Proportion"), split)))
        if not len(rows):
            raise CorpusError(f"{source}: no row of proportion {PROPORTIONS[split]!r}.")
        label = labels_of(rows, "Label", KEYS, problems)
        attack = rows.get("Attack")
        if attack.names:
            # Fakes often name no attack here, so only real rows are checked.
            check_agreement(rows, np.where(label == 1, 1, -1), attack, problems)
        languages = rows.get("Language")
        lower = Column(languages.codes, tuple(name.lower() for name in languages.names))
        names = [
            path.removeprefix("$ROOT").lstrip("/") if path.startswith("$ROOT") else path
            for path in rows.text("Path").tolist()
        ]
        return self.checked_manifest(
            rows,
            rows.text("ID"),
            label,
            Files.below(self.root, np.array(names)),
            problems,
            attack=attack,
            speaker=rows.get("Speaker"),
            language=lower,
        )
