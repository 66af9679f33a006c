"""In-the-Wild: real and fake speech of public figures from the web; for evaluation only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.rows import labels_of
from spoofjax.corpora.tables import read_table

KEYS = {"bona-fide": 1, "spoof": 0}
"""With a hyphen, unlike in the ASVspoof corpora."""


@dataclass(frozen=True)
class InTheWild(OneSplit):
    """31,779 clips beside meta.csv, which has the columns file, speaker and label."""

    name: str = "inthewild"

    def find_protocol(self) -> Path | None:
        return self.find(["meta.csv"], ["release_in_the_wild", ""])

    def expected_files(self) -> str:
        return "release_in_the_wild/meta.csv and the .wav files beside it"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_table(source, ["file", "speaker", "label"], problems)
        label = labels_of(rows, "label", KEYS, problems)
        ids = rows.text("file")
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(str(source.parent), ids),
            problems,
            speaker=rows.get("speaker"),
            language="en",
        )
