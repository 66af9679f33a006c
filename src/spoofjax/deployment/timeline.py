"""How a detector's score changes in the course of a recording, and what follows for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from spoofjax.evaluation.attribution import Attribution, attribution
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


class StepScores(NamedTuple):
    """The scores of the steps of all windows, in order of the windows; all arrays (steps,)."""

    start: np.ndarray
    end: np.ndarray
    """float64: seconds from the start of the recording."""
    llr: np.ndarray
    """float64: log odds of a step without any spoof, over one with."""
    window: np.ndarray
    """int64: the number of the window that a step is in."""

    @classmethod
    def of(
        cls, start: int, samples: int, scores: np.ndarray, size: int, rate: int, window: int
    ) -> StepScores:
        """Return the steps of one window, which begins at sample `start` and has `samples` samples.

        `scores` float64 (steps,) are those of steps of `size` samples. Steps after the samples are
        left out, and the last one ends with them.
        """
        begins = np.arange(len(scores)) * size
        begins = begins[begins < samples]
        ends = np.append(begins[1:], samples)
        # Whole microseconds, so that equal times in two windows are equal numbers.
        first, last = (np.round((start + places) / rate, 6) for places in (begins, ends))
        return cls(first, last, scores[: len(begins)], np.full(len(begins), window))

    @classmethod
    def joined(cls, parts: Sequence[StepScores]) -> StepScores:
        """Return the steps of several windows."""
        return cls(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


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
    steps: StepScores | None = None
    """The scores of steps, for a detector that was trained with Localisation."""
    attacks: tuple[str, ...] = ()
    """The attacks that the detector traces; mostly none."""
    attack_logits: np.ndarray | None = None
    """float64 (windows, attacks); None where the detector traces no attacks."""
    attack_scores: np.ndarray | None = None
    """float64 (windows,): the rejection scores; None where the detector traces no attacks."""

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

    def attribution(self) -> Attribution | None:
        """Return the attack by which the recording was made if it is a spoof.

        It follows from the mean logits and the mean rejection score of the windows that can be
        judged. None where no window can, and for a detector that traces no attacks.
        """
        judged = self.is_judged
        if self.attack_logits is None or self.attack_scores is None or not judged.any():
            return None
        logits, score = self.attack_logits[judged].mean(axis=0), self.attack_scores[judged].mean()
        return attribution(logits, float(score), self.attacks, self.decision)

    def spans(self, rule: Rule) -> list[Span]:
        """Return the parts that look spoofed, in order of time.

        Each moment has the LLR that `moments` gives it. A span is a longest part in which the rule
        calls every moment spoofed.
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
        (parts,), the mean LLR of the windows that hold a part, NaN where none can be judged. Where
        the detector scores steps, these take the place of the windows.
        """
        judged = self.is_judged
        if self.steps is None:
            return mean_over_time(self.start, self.end, self.llr, judged)
        start, end, llr, window = self.steps
        return mean_over_time(start, end, llr, judged[window])

    def every_moment(self) -> tuple[np.ndarray, np.ndarray]:
        """Return what `moments` does from raw scores, whether or not a window can be judged."""
        start, end, score = self.start, self.end, self.score
        if self.steps is not None:
            start, end, score, _ = self.steps
        return mean_over_time(start, end, score, np.ones(len(start), bool))

    def probabilities(self, prior: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the edges of `moments` and the P(spoof) of each part at a prior P(bona fide)."""
        edges, llr = self.moments()
        return edges, p_spoof(llr, prior)


def mean_over_time(
    start: np.ndarray, end: np.ndarray, values: np.ndarray, counts: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of parts in which the same intervals overlap, and the mean of their values.

    All arrays are (intervals,). `counts`, bool, says which values count; a part without one is NaN.
    """
    edges = np.unique(np.concatenate((start, end)))
    sums, numbers = np.zeros(len(edges)), np.zeros(len(edges))
    for times, sign in ((start, 1), (end, -1)):
        at = np.searchsorted(edges, times[counts])
        np.add.at(sums, at, sign * values[counts])
        np.add.at(numbers, at, sign)
    # What intervals add where they begin and take away where they end, up to each part.
    sums, numbers = np.cumsum(sums)[:-1], np.cumsum(numbers)[:-1]
    return edges, np.divide(sums, numbers, out=np.full(len(sums), np.nan), where=numbers > 0)
