"""Copies beside their parents: which rows are copies of which, and draws that follow copies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.corpora.manifest import BONAFIDE, Manifest

PARENT = "parent"
"""The column with the id of the bona fide utterance that a spoof is a copy of."""


def parent_rows(manifest: Manifest) -> np.ndarray:
    """Return int64 (utterances,): the row of each copy's parent; -1 for what is no copy.

    A parent has the corpus of its copy. A copy whose parent is not in the manifest counts as none.
    """
    rows = np.full(len(manifest), -1, np.int64)
    if PARENT not in manifest.columns:
        return rows
    column, corpora = manifest.column(PARENT), manifest.codes("corpus")
    bonafide = np.flatnonzero(manifest.label == BONAFIDE)
    keys = zip(corpora[bonafide].tolist(), manifest.ids[bonafide].tolist(), strict=True)
    row_of = dict(zip(keys, bonafide.tolist(), strict=True))
    for copy in np.flatnonzero(column.codes >= 0).tolist():
        rows[copy] = row_of.get((int(corpora[copy]), column.names[column.codes[copy]]), -1)
    return rows


class BesideCopies:
    """An endless source of bona fide utterances: number j is the parent of spoof j, if that is a
    copy, else number j of another stream."""

    def __init__(self, parents: np.ndarray, spoof: Any, bonafide: Any):
        """`parents` are the `parent_rows`; `spoof` and `bonafide` are streams of rows."""
        self._parents, self._spoof, self._bonafide = parents, spoof, bonafide

    def __len__(self) -> int:
        return len(self._spoof)

    def __getitem__(self, number: int) -> int:
        return self._getitems([number])[0]

    def _getitems(self, numbers: Sequence[int]) -> list[int]:
        """Return several draws at once; grain calls this method by its name."""
        parents = self._parents[items(self._spoof, numbers)]
        return np.where(parents >= 0, parents, items(self._bonafide, numbers)).tolist()


def items(stream: Any, numbers: Sequence[int]) -> np.ndarray:
    """Return the elements of a stream of rows at these places, int64 (numbers,)."""
    # Newer versions of grain return several at once for a third of the cost.
    take = getattr(stream, "_getitems", lambda chosen: [stream[number] for number in chosen])
    return np.array(take(numbers), np.int64)
