"""ADD 2022 (Yi et al., arXiv 2202.08433): Chinese speech, low quality and the fake game.

The corpus is published in parts: Zenodo records 12188127 (train and dev), 10843991 (track 1),
12188035 and 12188055 (track 3.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import Column
from spoofjax.corpora.file_table import Files
from spoofjax.corpora.manifest import Manifest
from spoofjax.corpora.problems import Problems
from spoofjax.corpora.protocols import read_fields
from spoofjax.corpora.readers.base import Reader
from spoofjax.corpora.rows import Rows, labels_of

KEYS = {"genuine": 1, "fake": 0}
LAYOUTS = {2: ("id", "key"), 3: ("id", "key", "attack")}
"""Only the key of track 3.2 has a third column, a number for the attack."""
TRAIN_DEV = "ADD_train_dev"
TABLES = ("track3_R2_label.txt", "label.txt")


@dataclass(frozen=True)
class ADD2022(Reader):
    """ADD_train_dev/label/{train,dev}_label.txt with ADD_train_dev/{train,dev}/, and one test set.

    A table holds the name of a file and genuine or fake.
    """

    part: str = "ADD2022track3.2_eval_R2"
    """The folder that serves as eval: its key (track3_R2_label.txt or label.txt) and wav/."""
    name: str = "add2022"

    def protocol(self, split: str) -> Path | None:
        if split == "eval":
            return self.find(TABLES, [self.part])
        return self.find([f"{split}_label.txt"], [f"{TRAIN_DEV}/label", "label"])

    def expected(self, split: str) -> str:
        if split == "eval":
            return f"{self.part}/{TABLES[0]} (or {TABLES[1]}) and the folder {self.part}/wav"
        return f"{TRAIN_DEV}/label/{split}_label.txt and the folder {TRAIN_DEV}/{split}"

    def read_protocol(self, split: str, source: Path, problems: Problems) -> Manifest:
        rows = read_fields(source, LAYOUTS, problems)
        label = labels_of(rows, "key", KEYS, problems)
        ids = rows.text("id")
        folder = source.parent / "wav" if split == "eval" else source.parent.parent / split
        files = Files.under(str(folder), ids)
        return self.checked_manifest(
            rows, ids, label, files, problems, attack=_attacks(rows, label), language="zh"
        )


def _attacks(rows: Rows, label: np.ndarray) -> Column:
    """Return the attacks of the fakes, where the table numbers them."""
    numbers = rows.get("attack")
    return Column(np.where(label == 0, numbers.codes, -1).astype(np.int32), numbers.names)
