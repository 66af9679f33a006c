"""ASVspoof 2019, logical (LA) and physical access (PA).

Format: the read-me files of the release (Edinburgh DataShare 10283/3336).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import ASVSPOOF2019_LA, ASVSPOOF2019_PA, KEYS
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import check_agreement, labels_of

ENDINGS = {"train": "train.trn", "dev": "dev.trl", "eval": "eval.trl"}


@dataclass(frozen=True)
class _ASVspoof2019(Reader):
    access = "LA"
    layout = ASVSPOOF2019_LA

    def protocol(self, split: str) -> Path | None:
        folder = f"ASVspoof2019_{self.access}_cm_protocols"
        name = f"ASVspoof2019.{self.access}.cm.{ENDINGS[split]}.txt"
        return self.find([name], [folder, f"{self.access}/{folder}", ""])

    def _audio(self, split: str) -> tuple[str, str]:
        folder = f"ASVspoof2019_{self.access}_{split}/flac"
        return folder, f"{self.access}/{folder}"

    def has_split(self, split: str) -> bool:
        return self.protocol(split) is not None and self.find(self._audio(split)) is not None

    def expected(self, split: str) -> str:
        return (
            f"the protocol ASVspoof2019_{self.access}_cm_protocols/ASVspoof2019.{self.access}.cm."
            f"{ENDINGS[split]}.txt and the folder {self._audio(split)[0]}"
        )

    def may_be_unlisted(self, name: str) -> bool:
        return True  # enrolment files are in the same folder

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, {5: self.layout}, problems)
        label = labels_of(rows, "key", KEYS, problems)
        attack = check_agreement(rows, label, rows.get("attack"), problems)
        ids = rows.text("id")
        extra: dict[str, Any] = (
            {"environment": rows.get("environment")} if "environment" in self.layout else {}
        )
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(self.audio_folder(self._audio(split)), ids, ".flac"),
            problems,
            attack=attack,
            speaker=rows.get("speaker"),
            language="en",
            **extra,
        )


@dataclass(frozen=True)
class ASVspoof2019LA(_ASVspoof2019):
    """Text-to-speech and voice conversion: A01 to A06 in train and dev, A07 to A19 in eval.

    `root` is the folder LA or its parent.
    """

    name: str = "asvspoof2019la"


@dataclass(frozen=True)
class ASVspoof2019PA(_ASVspoof2019):
    """Replay: an attack is two letters (distance and device), 'environment' is three (the room)."""

    access = "PA"
    layout = ASVSPOOF2019_PA
    name: str = "asvspoof2019pa"
