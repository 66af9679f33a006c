"""SpeechFake (Huang et al., 2025): some 40 systems, English and Chinese, and 44 more languages.

Layout: the tables metadata/experiments of the release (ModelScope inclusionAI/SPEECHFAKE).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import KEYS
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import check_agreement, labels_of
from spoofjax.corpora.tables import read_table

SPLITS = {"train": "train", "dev": "dev", "eval": "test"}


@dataclass(frozen=True)
class SpeechFake(Reader):
    """Tables metadata/experiments/<experiment>/<split>_<subset>.csv of files in BD/, MD/ and Real/.

    The attack is the table's `model`. The column `generator` says what kind it is: TTS, VC or NV
    (a neural vocoder).
    """

    experiment: str = "baseline"
    """The folder of tables: baseline, cross_generator, cross_lingual or cross_speaker."""
    subset: str = "all"
    """The end of the tables' names: all, en or zh, or TTS, VC or NV; a split that has a single
    table, such as train.csv of cross_lingual, is read whatever the subset."""
    name: str = "speechfake"

    def _names(self, split: str) -> tuple[str, str]:
        return f"{SPLITS[split]}_{self.subset}.csv", f"{SPLITS[split]}.csv"

    def protocol(self, split: str) -> Path | None:
        folder = f"metadata/experiments/{self.experiment}"
        return self.find(self._names(split), [folder])

    def expected(self, split: str) -> str:
        folder = f"metadata/experiments/{self.experiment}"
        return f"the table {folder}/{self._names(split)[0]} and the folders BD, MD and Real"

    def may_be_unlisted(self, name: str) -> bool:
        return True  # each experiment uses a part of the files

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_table(source, ["file", "label", "model"], problems)
        label = labels_of(rows, "label", KEYS, problems)
        attack = check_agreement(rows, label, rows.get("model"), problems)
        ids = rows.text("file")
        return self.checked_manifest(
            rows,
            ids,
            label,
            Files.under(str(source.parents[3]), ids),
            problems,
            attack=attack,
            speaker=rows.get("speaker"),
            language=rows.get("language"),
            generator=rows.get("generator"),
        )
