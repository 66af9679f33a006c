"""What a detector says of clips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


class Judged(NamedTuple):
    """What a detector says of clips, in their order."""

    score: np.ndarray
    """float64 (batch,): raw scores; higher = more bona fide."""
    steps: list[np.ndarray] | None
    """float64 (steps,) of each clip: the scores of its steps; None where the detector has none."""
    attack_logits: np.ndarray
    """float64 (batch, attacks): a logit for each attack that the detector traces, mostly none."""
    attack_scores: np.ndarray
    """float64 (batch,): the rejection scores; 0 for a detector that traces no attacks."""

    @classmethod
    def joined(cls, parts: Sequence[Judged]) -> Judged:
        """Return what was said of several batches as if it had been one; there is at least one."""
        scores, steps, logits, attack_scores = zip(*parts, strict=True)
        return cls(
            np.concatenate(scores),
            None if steps[0] is None else [each for part in steps for each in part],
            np.concatenate(logits),
            np.concatenate(attack_scores),
        )

    def rows(self) -> list[Judged]:
        """Return what is said of each clip alone."""
        return [self.part(slice(row, row + 1)) for row in range(len(self.score))]

    def part(self, rows: slice) -> Judged:
        """Return what is said of some of the clips."""
        steps = None if self.steps is None else self.steps[rows]
        return Judged(self.score[rows], steps, self.attack_logits[rows], self.attack_scores[rows])
