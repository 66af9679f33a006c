"""Deepfake-Eval-2024 (Chandra et al., 2025): audio that circulated in 2024, in many languages.

Layout: the Hugging Face repository nuriachandra/Deepfake-Eval-2024.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import Rows, labels_of
from spoofjax.corpora.tables import read_table
from spoofjax.errors import CorpusError

log = logging.getLogger("spoofjax")

FILE, KEY, SET = "Filename", "Ground Truth", "Finetuning Set"
KEYS = {"real": 1, "fake": 0}
SETS = {"train": "train", "eval": "test"}


@dataclass(frozen=True)
class DeepfakeEval2024(Reader):
    """audio-metadata-publish.csv and audio-data/, whole recordings of seconds to many minutes.

    Rows whose truth is not known are left out and counted. The languages are read if the table has
    a column of them. A part of the files are M4A or MP4, which need PyAV or ffmpeg.
    """

    finetuning: bool = False
    """Follow the corpus's own division: train and eval hold its sets Train and Test. Otherwise all
    files are eval, as for detectors that never saw the corpus."""
    name: str = "deepfakeeval2024"

    def protocol(self, split: str) -> Path | None:
        exists = split in SETS if self.finetuning else split == "eval"
        return self.find(["audio-metadata-publish.csv"]) if exists else None

    def expected(self, split: str) -> str:
        if split == "eval" or (split == "train" and self.finetuning):
            return "audio-metadata-publish.csv and the folder audio-data"
        return "nothing, as the corpus has eval only, and train with --data.finetuning,"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = _with_truth(read_table(source, [FILE, KEY, SET], problems, ","))
        if self.finetuning:
            is_wanted = np.array([s.strip().lower() == SETS[split] for s in rows.text(SET)], bool)
            rows = rows.take(np.flatnonzero(is_wanted))
        if not len(rows):
            raise CorpusError(f"{source}: no row of {split} says Real or Fake in column {KEY!r}.")
        ids = rows.text(FILE)
        return self.checked_manifest(
            rows,
            ids,
            labels_of(rows, KEY, KEYS, problems),
            Files.under(self.audio_folder(["audio-data"]), ids),
            problems,
            language=rows.get("Language"),
        )


def _with_truth(rows: Rows) -> Rows:
    """Return the rows that say real or fake, with these words in lower case."""
    truth = np.array([word.strip().lower() for word in rows.text(KEY)], np.str_)
    is_unknown = truth == "unknown"
    if is_unknown.any():
        log.warning(
            "%s: %d of %d rows are left out, because their truth is unknown.",
            rows.path, int(is_unknown.sum()), len(rows),
        )  # fmt: skip
    lowered = Rows(rows.path, {**rows.columns, KEY: truth}, rows.lines)
    return lowered.take(np.flatnonzero(~is_unknown))
