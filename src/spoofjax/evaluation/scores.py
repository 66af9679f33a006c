"""Scores of utterances, in memory and in files of our own and of the official packages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from spoofjax.errors import ScoreError, nearest
from spoofjax.evaluation.keys import LABELS, Keys
from spoofjax.evaluation.scored_files import ids_of_files, is_scored_files, read_scored_files
from spoofjax.evaluation.tables import (
    Table,
    is_number,
    numbers,
    read_trials,
    refuse_duplicates,
)
from spoofjax.files import write_text

HEADER = "filename\tcm-score"
NAMED = 3
"""Number of missing or extra utterances that a message names."""


@dataclass(frozen=True, eq=False)
class Scores:
    """One finite score per utterance, higher = more bona fide.

    `ids` str (utterances,), `score` float64 (utterances,), `label` int8 (utterances,), 1 bona fide
    and 0 spoof, or None where unknown. With `are_files`, the ids are paths of files, which keys may
    name by the end of the path alone. Raises ScoreError where lengths differ, and for a score that
    is NaN or infinite, naming its utterance.
    """

    ids: np.ndarray
    score: np.ndarray
    label: np.ndarray | None = None
    are_files: bool = False

    def __post_init__(self):
        set_ = object.__setattr__
        set_(self, "ids", np.asarray(self.ids))
        set_(self, "score", np.asarray(self.score, np.float64))
        if self.label is not None:
            set_(self, "label", np.asarray(self.label, np.int8))
        shapes = {a.shape for a in (self.ids, self.score, self.label) if a is not None}
        if len(shapes) != 1 or self.score.ndim != 1:
            raise ScoreError(f"ids, scores and labels differ in shape: {sorted(shapes)}.")
        broken = np.flatnonzero(~np.isfinite(self.score))
        if len(broken):
            raise ScoreError(
                f"The score of {self.ids[broken[0]]} is {self.score[broken[0]]} "
                f"({len(broken):,} of {len(self):,} are not finite). Score them again."
            )

    def __len__(self) -> int:
        return len(self.score)

    @property
    def bonafide(self) -> np.ndarray:
        """Scores of the bona fide utterances, in their order."""
        return self.score[self._required_label() == 1]

    @property
    def spoof(self) -> np.ndarray:
        """Scores of the spoof utterances, in their order."""
        return self.score[self._required_label() == 0]

    def _required_label(self) -> np.ndarray:
        if self.label is None:
            raise ScoreError("These scores have no labels; join them with keys first.")
        return self.label


def write_scores(path: str | Path, scores: Scores) -> None:
    """Write scores in the form of ASVspoof 5: a header, then lines of id TAB score.

    Reading the file gives the same bits. It appears complete or not at all. Raises ScoreError for
    an id with a TAB or a line break.
    """
    path = Path(path)
    refuse_duplicates(scores.ids, "The scores")
    lines = [HEADER]
    for name, value in zip(scores.ids.tolist(), scores.score.tolist(), strict=True):
        if "\t" in name or "\n" in name or "\r" in name:
            raise ScoreError(f"The id {name!r} contains a TAB or a line break; rename the file.")
        lines.append(f"{name}\t{value!r}")
    write_text(path, "\n".join(lines) + "\n")


def read_scores(path: str | Path, column: str = "cm-score") -> Scores:
    """Read a score file in one of these forms; TAB, comma, semicolon or spaces separate fields.

    With a header: ASVspoof 5 track 1 (`filename cm-score`) or track 2 (`spk filename cm-score
    asv-score sasv-score`; `column` chooses the score). Without: 2021 (`id score`), or 2019 (`id
    attack key score`), which brings labels along. Or what `spoofjax score` writes: JSON or a
    table. Raises ScoreError with file and line.
    """
    if is_scored_files(path):
        files, values = read_scored_files(path)
        return Scores(np.array(files), np.array(values), are_files=True)
    table = read_trials(path)
    first = [name.lower() for name in table.rows[0]]
    if not is_number(first[-1]) and "filename" in first:
        return _with_header(table, first, column)
    if table.width == 2:
        ids, score, label = table.column(0), numbers(table, 1), None
    elif table.width == 4:
        ids, score, label = table.column(0), numbers(table, 3), _labels(table, 2)
    else:
        raise ScoreError(
            f"{table.line(0)}: {table.width} fields. A score file has a header with 'filename', or "
            "2 fields (id score), or 4 (id attack key score). ASV scores of 3 fields are read by "
            "the tandem metrics."
        )
    return _checked(table, Scores(np.array(ids), score, label))


def _with_header(table: Table, header: list[str], column: str) -> Scores:
    if column not in header:
        raise ScoreError(
            f"{table.line(0)}: no column {column!r} in the header ({', '.join(header)})."
            + nearest(column, header)
        )
    body = table.body()
    score = numbers(body, header.index(column))
    return _checked(table, Scores(np.array(body.column(header.index("filename"))), score))


def _labels(table: Table, index: int) -> np.ndarray:
    fields = table.column(index)
    for row, field in enumerate(fields):
        if field not in LABELS:
            raise ScoreError(f"{table.line(row)}: {field!r} is not a label (bonafide or spoof).")
    return np.array([LABELS[field] for field in fields], np.int8)


def _checked(table: Table, scores: Scores) -> Scores:
    refuse_duplicates(scores.ids, f"The scores in {table.path}")
    return scores


def join(scores: Scores, keys: Keys) -> Scores:
    """Return the scores in the order of the keys, with the keys' labels.

    The sets of ids must be equal, except that scores of trials outside the chosen subset of the
    keys (2021: progress, hidden) are left out. Raises ScoreError naming the first few missing and
    extra utterances, or one whose label in the score file contradicts the key.
    """
    if scores.are_files:
        ids = np.array(ids_of_files(scores.ids.tolist(), keys.ids.tolist()))
        scores = replace(scores, ids=ids, are_files=False)
    if np.array_equal(scores.ids, keys.ids):
        order = np.arange(len(keys.ids))
    else:
        rows = {name: row for row, name in enumerate(scores.ids.tolist())}
        if len(rows) < len(scores):
            refuse_duplicates(scores.ids, "The scores")
        wanted = keys.ids.tolist()
        order = np.fromiter((rows.get(name, -1) for name in wanted), np.int64, len(wanted))
        if (order < 0).any() or len(rows) != len(wanted):
            _refuse_difference(rows, wanted, keys.others)
    if scores.label is not None:
        wrong = np.flatnonzero(scores.label[order] != keys.label)
        if len(wrong):
            raise ScoreError(
                f"The score file and the key disagree about {len(wrong):,} utterances "
                f"(first: {keys.ids[wrong[0]]}). They belong to different releases."
            )
    return replace(scores, ids=keys.ids, score=scores.score[order], label=keys.label)


def _refuse_difference(rows: dict[str, int], wanted: list[str], others: frozenset[str]) -> None:
    """Raise ScoreError unless the ids of the scores and of the keys are the same."""
    missing = [name for name in wanted if name not in rows]
    expected = others.union(wanted)
    extra = [name for name in rows if name not in expected]
    if not missing and not extra:
        return
    parts = []
    if missing:
        parts.append(f"{len(missing):,} of {len(wanted):,} utterances have no score{_few(missing)}")
    if extra:
        parts.append(f"{len(extra):,} scored utterances are not in the key{_few(extra)}")
    hint = ""
    if missing and extra:
        hint = " Do the ids carry an extension or a folder on one side only?"
    raise ScoreError(f"Scores and key do not match: {'; '.join(parts)}.{hint}")


def _few(names: Iterable[str]) -> str:
    listed = list(names)
    ellipsis = ", ..." if len(listed) > NAMED else ""
    return f" ({', '.join(listed[:NAMED])}{ellipsis})"
