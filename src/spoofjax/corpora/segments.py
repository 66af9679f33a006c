"""Labels within utterances, for speech that is spoofed in parts only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from spoofjax.errors import CorpusError


@dataclass(frozen=True, eq=False)
class Segments:
    """One label per `step` seconds of each utterance: 1 bona fide, 0 spoof.

    `labels` int8 holds all utterances end to end: those of utterance i, which may be none, are
    labels[offsets[i]:offsets[i + 1]], with `offsets` int64 (utterances + 1,).
    """

    step: float
    offsets: np.ndarray
    labels: np.ndarray

    @classmethod
    def of(cls, step: float, rows: Sequence[np.ndarray]) -> Segments:
        """Make the table from one array of labels for each utterance."""
        offsets = np.zeros(len(rows) + 1, np.int64)
        np.cumsum([len(row) for row in rows], out=offsets[1:])
        labels = np.concatenate([np.zeros(0, np.int8), *rows]).astype(np.int8)
        return cls(step, offsets, labels)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def at(self, row: int) -> np.ndarray:
        """Return one utterance's labels, int8 (segments,)."""
        return self.labels[self.offsets[row] : self.offsets[row + 1]]

    def take(self, indices: np.ndarray) -> Segments:
        """Return the chosen utterances."""
        return Segments.of(self.step, [self.at(int(row)) for row in indices])

    @classmethod
    def join(cls, parts: Sequence[tuple[Segments | None, int]]) -> Segments | None:
        """Join tables, each given with its number of utterances; None where no part has one.

        Raises CorpusError where the parts' steps differ.
        """
        steps = {table.step for table, _ in parts if table is not None}
        if not steps:
            return None
        if len(steps) > 1:
            listed = ", ".join(f"{step:g} s" for step in sorted(steps))
            raise CorpusError(f"Segment labels of different steps cannot be joined: {listed}.")
        rows = []
        for table, count in parts:
            rows += [
                table.at(i) if table is not None else np.zeros(0, np.int8) for i in range(count)
            ]
        return cls.of(steps.pop(), rows)
