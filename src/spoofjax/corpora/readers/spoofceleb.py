"""SpoofCeleb: text-to-speech trained on speech in the wild (VoxCeleb)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.tables import read_table

TABLES = {"train": "train", "dev": "development", "eval": "evaluation"}
BONAFIDE = "a00"


@dataclass(frozen=True)
class SpoofCeleb(Reader):
    """Tables metadata/<split>.csv (file, speaker, attack) and flac/<split>/; a00 is bona fide."""

    name: str = "spoofceleb"

    def protocol(self, split: str) -> Path | None:
        return self.find([f"{TABLES[split]}.csv"], ["metadata", "spoofceleb/metadata"])

    def expected(self, split: str) -> str:
        return f"the table metadata/{TABLES[split]}.csv and the folder flac/{TABLES[split]}"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_table(source, ["file", "speaker", "attack"], problems)
        attack = rows.get("attack")
        wrong = [name for name in attack.names if not re.fullmatch(r"a\d\d", name)]
        if wrong:
            row = int(np.flatnonzero(attack.codes == attack.names.index(wrong[0]))[0])
            problems.add(
                "unknown-key",
                source,
                f"unknown attack {wrong[0]!r}.",
                "Attacks are a00 (bona fide) to a23.",
                line=int(rows.lines[row]),
            )
        is_bonafide = np.array([*(name == BONAFIDE for name in attack.names), False])[attack.codes]
        ids = rows.text("file")
        folder = source.parent.parent / "flac" / TABLES[split]
        return self.checked_manifest(
            rows,
            ids,
            is_bonafide.astype(np.int8),
            Files.under(str(folder), ids),
            problems,
            attack=attack.without([BONAFIDE]),
            speaker=rows.get("speaker"),
        )
