"""The true labels of trials: the key files of ASVspoof 2019, 2021 and 5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from spoofjax.corpora import layouts
from spoofjax.corpora.column import Column
from spoofjax.corpora.manifest import Manifest
from spoofjax.errors import ScoreError
from spoofjax.evaluation.breakdown import SPOOF_ONLY
from spoofjax.evaluation.tables import Table, read_trials, refuse_duplicates

LABELS = {
    "bonafide": 1,
    "bona-fide": 1,
    "genuine": 1,
    "human": 1,
    "real": 1,
    "spoof": 0,
    "fake": 0,
}
"""The words for both classes in the corpora of the field."""

HEADINGS = {
    "id": ("filename", "trial_anon", "trial", "file", "id"),
    "label": ("cm-label", "label", "key"),
    "attack": ("attack_anon", "attack"),
    "speaker": ("spk", "speaker"),
}
"""Names of columns in key files with a header, in any case; other columns go by their own names."""

LAYOUTS = (
    *layouts.ASVSPOOF5.values(),
    layouts.ASVSPOOF2019_LA,
    layouts.ASVSPOOF2021_LA,
    layouts.ASVSPOOF2021_DF,
    layouts.ASVSPOOF2021_PA,
    ("id", "key"),
)
HEADERLESS = {len(fields): fields for fields in LAYOUTS}
"""Names of the columns in files without a header, by their number."""
NAMES = {"key": "label", "asv_room": "room"}
"""What columns of those files are called here, where the names differ."""

COLUMNS = (
    "attack", "codec", "language", "gender", "speaker", "vocoder", "source", "transmission",
    "room", "corpus",
)  # fmt: skip
"""Every column that results can be grouped by.

This is the only list of them: a column named here is written to the key files of runs, read from
key files, and accepted by `--by`, wherever the manifest or the file has it.
"""


@dataclass(frozen=True, eq=False)
class Keys:
    """Labels and properties of trials.

    `ids` str (trials,), `label` int8 (trials,), 1 bona fide and 0 spoof; `columns` holds those of
    COLUMNS that the file has. `others` are ids that the file lists outside the chosen subset.
    """

    ids: np.ndarray
    label: np.ndarray
    columns: Mapping[str, Column] = field(default_factory=dict)
    others: frozenset[str] = frozenset()

    @classmethod
    def of(cls, manifest: Manifest) -> Keys:
        """Return the keys of a labelled manifest; columns without any value are left out."""
        columns = {
            name: manifest.columns[name]
            for name in COLUMNS
            if name in manifest.columns and manifest.columns[name].names
        }
        return cls(manifest.keys(), manifest.label, columns)

    def __len__(self) -> int:
        return len(self.label)


def read_keys(path: str | Path, subset: str = "eval") -> Keys:
    """Read a key file of any known form.

    With a header (TAB or space): ASVspoof 5 `filename cm-label`, or the package's full key.
    Without: the released ASVspoof 5 tsv (10 fields separated by spaces; 6 in the challenge), 2019
    (5 fields), 2021 trial_metadata (LA 8, DF 13, PA 12; only trials of `subset`, as papers
    report), or 2 fields (id label). Raises ScoreError with file and line.
    """
    table = read_trials(path)
    named = _headings(table.rows[0])
    if {"id", "label"} <= named.keys():
        fields, table = named, table.body()
    elif table.width in HEADERLESS:
        names = HEADERLESS[table.width]
        fields = {NAMES.get(name, name): i for i, name in enumerate(names) if name}
    else:
        raise ScoreError(
            f"{table.line(0)}: {table.width} fields and no header with 'filename' and 'cm-label'. "
            "Known keys without a header have 2, 5, 6, 8, 10, 12 or 13 fields."
        )
    labels = _read_labels(table, fields["label"])
    ids = np.array(table.column(fields["id"]))
    refuse_duplicates(ids, f"The keys in {table.path}")
    columns = {n: Column.of(_values(table, fields[n], n)) for n in COLUMNS if n in fields}
    if "subset" not in fields:
        return Keys(ids, labels, columns)
    subsets = np.array(table.column(fields["subset"]))
    kept = subsets == subset
    if not kept.any():
        raise ScoreError(
            f"{table.path} has no trial of subset {subset!r} (it has {', '.join(set(subsets))})."
        )
    chosen = {name: c.take(np.flatnonzero(kept)) for name, c in columns.items()}
    return Keys(ids[kept], labels[kept], chosen, frozenset(ids[~kept].tolist()))


def _headings(header: list[str]) -> dict[str, int]:
    """Return the index of each property that the header names."""
    indices, header = {}, [heading.lower() for heading in header]
    for name in ("id", "label", *COLUMNS):
        for heading in HEADINGS.get(name, (name,)):
            if heading in header:
                indices[name] = header.index(heading)
                break
    return indices


def _read_labels(table: Table, index: int) -> np.ndarray:
    labels = [LABELS.get(word, -1) for word in table.column(index)]
    if -1 in labels:
        row = labels.index(-1)
        hint = ""
        if table.rows[row][index] in ("target", "nontarget"):
            hint = " This is a track 2 key: use the SASV metrics."
        raise ScoreError(
            f"{table.line(row)}: field {index + 1} is {table.rows[row][index]!r}, expected "
            f"bonafide or spoof.{hint}"
        )
    return np.array(labels, np.int8)


def _values(table: Table, index: int, name: str) -> list[str]:
    values = table.column(index)
    if name in SPOOF_ONLY:  # ASVspoof 5 and 2021 write 'bonafide' where others write '-'
        return ["-" if value in LABELS else value for value in values]
    return values
