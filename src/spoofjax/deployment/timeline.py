"""How a detector's score changes in the course of a recording, and what follows for all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from spoofjax.evaluation.calibration import p_spoof
from spoofjax.evaluation.pooling import Pooling, line_of, pooled
from spoofjax.evaluation.rule import Rule


class Span(NamedTuple):
    """A part of a recording that the rule calls spoofed."""

    start: float
    end: float
    """Both in seconds."""
    llr: float
    """Natural-log likelihood ratio, the mean over the span."""
    p_spoof: float
    """P(spoof) of that ratio at the rule's prior."""


@dataclass(frozen=True, eq=False)
class Timeline:
    """The scores of a recording's windows, all arrays (windows,) in order of time."""

    start: np.ndarray
    end: np.ndarray
    """float64: seconds from the start of the recording."""
    score: np.ndarray
    """float64: the detector's raw score; higher = more bona fide."""
    llr: np.ndarray
    """float64: natural-log likelihood ratio, bona fide over spoof, by the detector's decision; NaN
    for a window that cannot be judged."""
    reasons: tuple[str | None, ...]
    """Why a window cannot be judged, such as silence; None where it can."""
    seconds: float
    """Length of the recording."""
    decision: Mapping[str, Any] = field(default_factory=dict)
    """The detector's decision, which may hold a calibration for each pooling."""

    @property
    def is_judged(self) -> np.ndarray:
        """bool: whether a window holds enough to be judged. The score of others means nothing."""
        return np.array([reason is None for reason in self.reasons], bool)

    @property
    def reason(self) -> str | None:
        """Why the recording cannot be judged: what is wrong with its first window; else None."""
        return None if self.is_judged.any() else self.reasons[0]

    @property
    def heard(self) -> float:
        """Seconds of the recording that are in a window."""
        return float(self.end.max())

    def pooled(self, pooling: Pooling = "mean") -> float:
        """Return the raw score of the recording.

        Only windows that can be judged count; where there is none, all of them do.
        """
        return pooled(self.score[self.is_judged] if self.is_judged.any() else self.score, pooling)

    def pooled_llr(self, pooling: Pooling = "mean") -> float:
        """Return the LLR of the recording, NaN where no window can be judged.

        A single window keeps its own, so that a short recording is judged as evaluation judges it.
        That of several follows from `pooled` by the calibration of the pooling, where the decision
        has one, because the mean or the lowest of several scores spreads less than one score does.
        """
        llr = self.llr[self.is_judged]
        if not len(llr):
            return float("nan")
        line = line_of(self.decision, pooling)
        if line is None or len(llr) == 1:
            return pooled(llr, pooling)
        scale, offset = line
        return scale * self.pooled(pooling) + offset

    def spans(self, rule: Rule) -> list[Span]:
        """Return the parts that look spoofed, in order of time.

        Each moment has the mean LLR of the windows that hold it and can be judged. A span is a
        longest part in which the rule calls every moment spoofed.
        """
        edges, llr = self.moments()
        is_spoof = np.array([not np.isnan(x) and rule.verdict(x) == "spoof" for x in llr], bool)
        changes = np.flatnonzero(np.diff(is_spoof, prepend=False, append=False))
        spans = []
        for first, stop in changes.reshape(-1, 2).tolist():
            mean = float(np.average(llr[first:stop], weights=np.diff(edges[first : stop + 1])))
            spans.append(Span(float(edges[first]), float(edges[stop]), mean, rule.p_spoof(mean)))
        return spans

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the recording in parts, between which a window begins or ends.

        The first array, float64 (parts + 1,), holds their edges in seconds; the second one, float64
        (parts,), the mean LLR of the windows that hold a part, NaN where none can be judged.
        """
        edges = np.unique(np.concatenate((self.start, self.end)))
        judged = self.is_judged
        sums, counts = np.zeros(len(edges)), np.zeros(len(edges))
        for times, sign in ((self.start, 1), (self.end, -1)):
            at = np.searchsorted(edges, times[judged])
            np.add.at(sums, at, sign * self.llr[judged])
            np.add.at(counts, at, sign)
        # What windows add where they begin and take away where they end, up to each part.
        sums, counts = np.cumsum(sums)[:-1], np.cumsum(counts)[:-1]
        return edges, np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)

    def probabilities(self, prior: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of `moments` and the P(spoof) of each part at a prior P(bona fide)."""
        edges, llr = self.moments()
        return edges, p_spoof(llr, prior)
