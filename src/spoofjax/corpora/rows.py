"""The rows of a protocol or a table as columns, and the labels and attacks they state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spoofjax.corpora.column import NOTHING, Column
from spoofjax.corpora.problems import STRICT, Problems
from spoofjax.corpora.text import and_in_more_rows
from spoofjax.errors import nearest

NO_ATTACK = frozenset({"bonafide", "bona-fide", "genuine", "human", "real", *NOTHING})
"""The words for bona fide speech in a column of attacks."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one file: `columns` by name, each (rows,) of bytes or str; `lines` 1-based.

    A column is found by its name whatever the capitals, since tables write File as well as file.
    """

    path: Path
    columns: Mapping[str, np.ndarray]
    lines: np.ndarray

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, column: str) -> np.ndarray:
        return self.columns[column_named(column, self.columns) or column]

    def get(self, column: str) -> Column:
        """Return a column as codes and names; all none where the file lacks it."""
        if column_named(column, self.columns) is None:
            return Column.constant("-", len(self))
        return Column.of(self[column])

    def text(self, column: str) -> np.ndarray:
        """Return a column as an array of str."""
        values = self[column]
        if values.dtype.kind != "S":
            return values
        try:
            return values.astype(np.str_)  # fast, ASCII only
        except UnicodeDecodeError:
            return np.array([v.decode() for v in values.tolist()], np.str_)

    def take(self, keep: np.ndarray) -> Rows:
        """Return the chosen rows."""
        columns = {name: values[keep] for name, values in self.columns.items()}
        return Rows(self.path, columns, self.lines[keep])


def column_named(name: str, columns: Collection[str]) -> str | None:
    """Return the column that a name means: an equal one, else the only one but for capitals."""
    if name in columns:
        return name
    alike = [column for column in columns if column.lower() == name.lower()]
    return alike[0] if len(alike) == 1 else None


def labels_of(
    rows: Rows, column: str, words: Mapping[str, int], problems: Problems = STRICT
) -> np.ndarray:
    """Return the label of each row's word, int8 (rows,). Unknown words are reported and give -1."""
    coded = rows.get(column)
    by_code = np.array([*(words.get(name, -1) for name in coded.names), -1], np.int8)
    labels = by_code[coded.codes]
    wrong = np.flatnonzero(labels < 0)
    if len(wrong):
        row = int(wrong[0])
        word = coded.at(row)
        listed = " or ".join(words)
        problems.add(
            "unknown-key",
            rows.path,
            f"unknown key {word!r} in column {column!r}{and_in_more_rows(len(wrong))}.",
            f"It must be {listed}.{nearest(word, words)}",
            line=int(rows.lines[row]),
            count=len(wrong),
        )
    return labels


def check_agreement(
    rows: Rows, label: np.ndarray, attack: Column, problems: Problems = STRICT
) -> Column:
    """Return the attacks with 'bonafide' taken as none; report rows whose key and attack disagree.

    A row is bona fide exactly when it names no attack. Anything else means that the labels are
    reversed or the columns shifted.
    """
    has_none = np.array([*(name in NO_ATTACK for name in attack.names), True])[attack.codes]
    wrong = np.flatnonzero((label >= 0) & (has_none != (label == 1)))
    if len(wrong):
        row = int(wrong[0])
        word = "bona fide" if label[row] == 1 else "spoof"
        problems.add(
            "polarity",
            rows.path,
            f"the key says {word} but the attack is {attack.at(row)!r}"
            f"{and_in_more_rows(len(wrong))}.",
            "Bona fide rows name no attack and spoofed ones do: are the labels reversed?",
            line=int(rows.lines[row]),
            count=len(wrong),
        )
    return attack.without(NO_ATTACK)
