"""ADD 2023, track 1.2: Chinese speech, fake detection."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import OneSplit
from spoofjax.corpora.rows import labels_of

KEYS = {"genuine": 1, "fake": 0}


@dataclass(frozen=True)
class ADD2023(OneSplit):
    """One part: a folder with label.txt (file name with .wav, genuine or fake) and wav/."""

    part: str = "Track1.2/testR2"
    name: str = "add2023"

    def find_protocol(self) -> Path | None:
        return self.find(["label.txt"], [self.part, ""])

    def expected_files(self) -> str:
        return f"{self.part}/label.txt and the folder {self.part}/wav"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, {2: ("id", "key")}, problems)
        label = labels_of(rows, "key", KEYS, problems)
        ids = rows.text("id")
        files = Files.under(str(source.parent / "wav"), ids)
        return self.checked_manifest(rows, ids, label, files, problems, language="zh")
