"""CtrSVDD: singing voices of the SVDD challenge 2024, controlled track.

Format: the read-me file of the challenge's repository CtrSVDD_Utils.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import check_agreement, labels_of

LAYOUT = ("source", "speaker", "id", "", "attack", "key")
KEYS = {"bonafide": 1, "deepfake": 0}


@dataclass(frozen=True)
class CtrSVDD(Reader):
    """<split>.txt (source, singer, file, -, attack, key) and <split>/*.flac.

    A part of the bona fide songs has a licence of its own and is not in the archives of the
    challenge: `missing="skip"` leaves out what has not been added. The column `source` says which
    data set a singer comes from.
    """

    name: str = "ctrsvdd"

    def protocol(self, split: str) -> Path | None:
        return self.find([f"{split}.txt"])

    def _audio(self, split: str) -> tuple[str, str]:
        return split, f"{split}_set"

    def has_split(self, split: str) -> bool:
        return self.protocol(split) is not None and self.find(self._audio(split)) is not None

    def expected(self, split: str) -> str:
        return f"the protocol {split}.txt and the folder {split}"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, {6: LAYOUT}, problems)
        label = labels_of(rows, "key", KEYS, problems)
        attack = check_agreement(rows, label, rows.get("attack"), problems)
        ids = rows.text("id")
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(self.audio_folder(self._audio(split)), ids, ".flac"),
            problems,
            attack=attack,
            speaker=rows.get("speaker"),
            source=rows.get("source"),
        )
