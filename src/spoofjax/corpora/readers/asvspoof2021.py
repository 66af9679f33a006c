"""ASVspoof 2021: evaluation sets LA, DF and PA with the keys published afterwards.

Format: the read-me and config of the official evaluation package (asvspoof-challenge/2021).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.layouts import ASVSPOOF2021_DF, ASVSPOOF2021_LA, ASVSPOOF2021_PA, KEYS
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.readers.row_checks import names_in
from spoofjax.corpora.rows import NO_ATTACK, Rows, check_agreement, labels_of
from spoofjax.errors import CorpusError

log = logging.getLogger("spoofjax")
UNCODED = ("none", "nocodec")


@dataclass(frozen=True)
class _ASVspoof2021(Reader):
    subset: Literal["eval", "progress", "hidden"] = "eval"
    """Which trials to read; papers report 'eval'."""
    access = "LA"
    layout: tuple[str, ...] = ()

    def protocol(self, split: str) -> Path | None:
        if split != "eval":
            return None
        set_ = self.access
        keys = [
            f"{above}keys/{set_}/CM"
            for above in ("", f"{set_}-keys-full/", f"{set_}-keys-stage-1/")
        ]
        metadata = self.find(["trial_metadata.txt"], [*keys, "keys/CM", f"{set_}/CM", "CM", ""])
        lists = [self._list, f"ASVspoof2021_{set_}_cm_protocols/{self._list}"]
        return metadata or self.find([*lists, f"ASVspoof2021_{set_}_eval/{self._list}"])

    @property
    def _list(self) -> str:
        return f"ASVspoof2021.{self.access}.cm.eval.trl.txt"

    def expected(self, split: str) -> str:
        if split != "eval":
            return "nothing: ASVspoof 2021 has an evaluation set only, train on ASVspoof 2019 LA;"
        return (
            f"the keys keys/{self.access}/CM/trial_metadata.txt (or, without labels, {self._list}) "
            f"and the folder ASVspoof2021_{self.access}_eval/flac"
        )

    def may_be_unlisted(self, name: str) -> bool:
        return True  # all subsets share one folder

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        if source.name == self._list:
            log.warning("%s has no labels: trial_metadata.txt of the key package has them.", source)
            rows = read_fields(source, {1: ("id",)}, problems)
            ids = rows.text("id")
            uncolumns = np.full(len(rows), -1, np.int8)
            return self.checked_manifest(rows, ids, uncolumns, self._files(ids), problems)
        rows = read_fields(source, {len(self.layout): self.layout}, problems)
        chosen = rows["subset"] == self.subset.encode()
        if not chosen.any():
            raise CorpusError(
                f"{source}: no row of subset {self.subset!r}; the file has "
                f"{', '.join(rows.get('subset').names)}."
            )
        rows = rows.take(chosen)
        label = labels_of(rows, "key", KEYS, problems)
        ids = rows.text("id")
        return self.checked_manifest(
            rows, ids, label, self._files(ids), problems, **self._columns(rows, label, problems)
        )

    def _columns(self, rows: Rows, label: np.ndarray, problems: Problems) -> dict[str, Any]:
        columns = {n: rows.get(n) for n in rows.columns if n not in ("id", "key", "subset")}
        if "attack" in columns:
            columns["attack"] = check_agreement(rows, label, columns["attack"], problems)
        if "codec" in columns:
            columns["codec"] = columns["codec"].without(UNCODED)
        if "vocoder" in columns:
            columns["vocoder"] = columns["vocoder"].without(NO_ATTACK)
        return columns

    def _files(self, ids: np.ndarray) -> Files:
        """Return the table of files. The archives of DF are in one folder, or in one each."""
        name = f"ASVspoof2021_{self.access}_eval"
        joined = [f"{name}/flac", f"{self.access}/{name}/flac", "flac"]
        parts = [f"{name}_part{n:02d}/{name}/flac" for n in range(4)]
        folders = [str(p) for f in (*joined, *parts) if (p := Path(self.root, f)).is_dir()]
        if len(folders) < 2:
            return Files.under(self.audio_folder([*joined, parts[0]]), ids, ".flac")
        folder_of = dict.fromkeys(ids.tolist(), folders[0] + "/")
        for folder in folders:
            for file in names_in(folder):
                folder_of[file.removesuffix(".flac")] = folder + "/"
        column = Column.of([folder_of[id_] for id_ in ids.tolist()])
        return Files(column, ids, Column.constant(".flac", len(ids)))


@dataclass(frozen=True)
class ASVspoof2021LA(_ASVspoof2021):
    """Logical access over telephone channels; 'transmission' is the link."""

    layout: tuple[str, ...] = ASVSPOOF2021_LA
    name: str = "asvspoof2021la"


@dataclass(frozen=True)
class ASVspoof2021DF(_ASVspoof2021):
    """Deepfakes after lossy compression, from three corpora; 'vocoder' is the class of attack."""

    access = "DF"
    layout: tuple[str, ...] = ASVSPOOF2021_DF
    name: str = "asvspoof2021df"


@dataclass(frozen=True)
class ASVspoof2021PA(_ASVspoof2021):
    """Replay in real rooms; columns have the names of the key files, and there are no attacks."""

    access = "PA"
    layout: tuple[str, ...] = ASVSPOOF2021_PA
    name: str = "asvspoof2021pa"
