"""How well the spoofed parts of utterances are told: segment EER and range EER.

A segment of PartialSpoof is spoof if any part of it is (Zhang et al., 2021), so its score is the
lowest of those that overlap it. The range EER weights each part by its duration, whatever its
segments are (Zhang et al., "Range-based equal error rate for spoof localization", 2023); it is the
limit of the segment EER for short segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.evaluation.bootstrap import intervals
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.weighted import weighted_eer, weighted_interval

SECONDS = (0.02, 0.04, 0.08, 0.16, 0.32, 0.64)
"""The segments of PartialSpoof."""
UNIT = 640_000
"""Microseconds of the longest segment; every utterance begins at a multiple of it."""
NO_LABEL = 2
RESAMPLES = 1000


class ScoredTime(NamedTuple):
    """The scores and the labels of one utterance over time."""

    edges: np.ndarray
    """float64 (parts + 1,): seconds between which a score holds, rising."""
    scores: np.ndarray
    """float64 (parts,): higher = more bona fide; NaN for a part without a score."""
    labels: np.ndarray
    """int8 (segments,): 1 bona fide, 0 spoof, of segments of equal length from the start on."""


class Labelled(NamedTuple):
    """Segments, or ranges, with their scores and labels."""

    scores: np.ndarray
    """float64 (n,)."""
    labels: np.ndarray
    """int8 (n,)."""
    utterances: np.ndarray
    """int64 (n,): the number of the utterance of each."""
    seconds: np.ndarray
    """float64 (n,): the duration of each."""


@dataclass(frozen=True, eq=False)
class Localisation:
    """Utterances one after another on one axis of time, in whole microseconds.

    Raises ScoreError where there are none, where `step`, the seconds per label, does not divide
    0.64 s, and where an utterance's arrays do not fit each other.
    """

    utterances: Sequence[ScoredTime]
    step: float

    def __post_init__(self) -> None:
        if not self.utterances:
            raise ScoreError("There is no utterance with segment labels.")
        if self._step < 1 or UNIT % self._step:
            raise ScoreError(f"Segment labels of {self.step:g} s do not divide 0.64 s.")
        for number, (edges, scores, _) in enumerate(self.utterances):
            if len(edges) != len(scores) + 1 or len(scores) == 0:
                raise ScoreError(
                    f"Utterance {number} has {len(edges)} edges for {len(scores)} scores; give one "
                    "more, and at least one score."
                )

    @property
    def _step(self) -> int:
        return round(self.step * 1e6)

    @cached_property
    def _starts(self) -> np.ndarray:
        """int64 (utterances + 1,): where utterances begin, with a gap after each, and the end."""
        ends = [
            max(round(float(one.edges[-1]) * 1e6), len(one.labels) * self._step)
            for one in self.utterances
        ]
        units = np.array(ends, np.int64) // UNIT + 1
        return np.concatenate([[0], np.cumsum(units)]) * UNIT

    @cached_property
    def _labels(self) -> np.ndarray:
        """int8: a label for each step of the axis; NO_LABEL between utterances."""
        labels = np.full(self._starts[-1] // self._step, NO_LABEL, np.int8)
        for start, one in zip(self._starts[:-1] // self._step, self.utterances, strict=True):
            labels[start : start + len(one.labels)] = one.labels
        return labels

    @cached_property
    def _scores(self) -> tuple[np.ndarray, np.ndarray]:
        """The edges int64 (parts + 1,) and scores (parts,) of the axis; infinite where none is."""
        pairs = list(zip(self._starts[:-1], self.utterances, strict=True))
        edges = [start + np.rint(one.edges * 1e6).astype(np.int64) for start, one in pairs]
        # After the last part of each utterance comes one without a score, up to the next. Another
        # one is at the start of the axis.
        scores = [np.append(one.scores, np.inf) for one in self.utterances]
        joined = np.concatenate([[np.inf], *scores])
        joined[np.isnan(joined)] = np.inf
        return np.concatenate([[0], *edges, self._starts[-1:]]), joined

    def segments(self, seconds: float) -> Labelled:
        """Return the segments of a length that is a multiple of that of the labels.

        A segment without a score, or beyond the labels, is left out.
        """
        size = round(seconds * 1e6)
        if size % self._step or UNIT % size:
            raise ScoreError(f"Labels of {self.step:g} s make no segments of {seconds:g} s.")
        labels = self._labels.reshape(-1, size // self._step).min(1)
        begins = np.arange(len(labels)) * size
        edges, scores = self._scores
        first = np.searchsorted(edges, begins, side="right") - 1
        last = np.searchsorted(edges, begins + size, side="left")
        # Every second minimum is that of the parts from `first` up to `last`.
        places = np.stack([first, last], axis=1).ravel()
        lowest = np.minimum.reduceat(np.append(scores, np.inf), places)[::2]
        return self._chosen(lowest, labels, begins, np.full(len(labels), seconds))

    def ranges(self) -> Labelled:
        """Return the parts of the axis within which score and label stay the same."""
        edges, scores = self._scores
        changes = np.flatnonzero(np.diff(self._labels)) + 1
        cuts = np.unique(np.concatenate([edges, changes * self._step]))
        begins = cuts[:-1]
        of_score = np.searchsorted(edges, begins, side="right") - 1
        labels = self._labels[begins // self._step]
        return self._chosen(scores[of_score], labels, begins, np.diff(cuts) / 1e6)

    def _chosen(
        self, scores: np.ndarray, labels: np.ndarray, begins: np.ndarray, seconds: np.ndarray
    ) -> Labelled:
        """Return those that have both a score and a label."""
        keep = np.isfinite(scores) & (labels != NO_LABEL)
        utterances = np.searchsorted(self._starts, begins[keep], side="right") - 1
        return Labelled(scores[keep], labels[keep], utterances, seconds[keep])

    def to_json(self, resamples: int = RESAMPLES) -> dict[str, Any]:
        """Return the segment EERs and the range EER with 95 % intervals over utterances.

        Lengths that the labels are too coarse for are left out, and so is everything where one of
        the classes is missing. There are no intervals for fewer than two utterances.
        """
        lengths = [s for s in SECONDS if round(s * 1e6) % self._step == 0]
        rows = [row for s in lengths if (row := _segment_row(self.segments(s), s, resamples))]
        return {
            "utterances": len(self.utterances),
            "label_seconds": self.step,
            "segments": rows,
            "range": _range_row(self.ranges(), resamples),
        }


def _segment_row(parts: Labelled, seconds: float, resamples: int) -> dict[str, Any] | None:
    is_bonafide = parts.labels == 1
    if is_bonafide.all() or not is_bonafide.any():
        return None
    value, threshold = eer(parts.scores[is_bonafide], parts.scores[~is_bonafide])
    row = {
        "seconds": seconds,
        "eer": value,
        "threshold": threshold,
        "bonafide": int(is_bonafide.sum()),
        "spoof": int((~is_bonafide).sum()),
    }
    if len(np.unique(parts.utterances)) < 2:
        return row
    interval = intervals(
        parts.scores, parts.labels, speakers=parts.utterances, resamples=resamples
    )["eer"]
    return {**row, "low": interval.low, "high": interval.high}


def _range_row(parts: Labelled, resamples: int) -> dict[str, Any] | None:
    is_bonafide = parts.labels == 1
    if is_bonafide.all() or not is_bonafide.any():
        return None
    row = {
        "eer": weighted_eer(parts.scores, parts.labels, parts.seconds),
        "bonafide_seconds": float(parts.seconds[is_bonafide].sum()),
        "spoof_seconds": float(parts.seconds[~is_bonafide].sum()),
    }
    if len(np.unique(parts.utterances)) < 2:
        return row
    low, high = weighted_interval(
        parts.scores, parts.labels, parts.seconds, parts.utterances, resamples
    )
    return {**row, "low": low, "high": high}
