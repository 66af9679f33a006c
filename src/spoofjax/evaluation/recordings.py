"""Which pooling suits the recordings of a split, and the calibration of each. JSON values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from spoofjax.evaluation.calibration import fit
from spoofjax.evaluation.decision import to_llr
from spoofjax.evaluation.metrics import eer
from spoofjax.evaluation.pooling import POOLINGS, Pooling, pooled
from spoofjax.evaluation.rule import Rule

BONAFIDE, SPOOFED, SPLICED = "bonafide", "spoofed", "spliced"
"""Kinds of joined recordings: bona fide throughout, spoofed throughout, or a part of each."""


@dataclass(frozen=True, eq=False)
class Heard:
    """Scores of utterances, and of recordings that were joined from them."""

    clips: np.ndarray
    """float64 (utterances,): the scores that evaluation gives them."""
    labels: np.ndarray
    """int (utterances,): 1 = bona fide, 0 = spoof."""
    longer: Mapping[int, np.ndarray]
    """float64 (windows,): the scores of windows of the utterances that have several, by row."""
    joined: Mapping[str, list[np.ndarray]]
    """The scores of windows of joined recordings, by kind."""

    def of_utterances(self, pooling: Pooling) -> np.ndarray:
        """Return float64 (utterances,): the scores of utterances that are heard whole."""
        scores = self.clips.copy()
        for row, windows in self.longer.items():
            scores[row] = pooled(windows, pooling)
        return scores

    def of_joined(self, pooling: Pooling, kind: str) -> np.ndarray:
        """Return float64 (recordings,): the scores of the joined recordings of a kind."""
        return np.array([pooled(windows, pooling) for windows in self.joined[kind]])


def choose_pooling(heard: Heard, decision: Mapping[str, Any], split: str) -> dict[str, Any]:
    """Return the parts `pooling` and `recordings` of a decision, see runs/documents.py.

    The pooling is the one with the least sum of the EER of utterances and that of joined
    recordings; of equal ones, the first in POOLINGS. The calibration of each pooling is fitted on
    all recordings of several windows. `decision` has the calibration of clips, and `split` names in
    words what was heard. Poolings whose calibration would reverse the order of scores are left out.
    Raises ScoreError as the metrics do.
    """
    facts = {pooling: _facts(heard, decision, pooling) for pooling in POOLINGS}
    poolings = {name: values for name, values in facts.items() if values["scale"] > 0}
    recordings = {
        "split": split,
        "files": len(heard.clips),
        "longer": len(heard.longer),
        "joined": sum(map(len, heard.joined.values())),
        "clip_eer": _eer(heard.clips, heard.labels),
        "poolings": poolings,
    }
    # The scores of the start have the calibration of clips, so there is at least one pooling.
    best = min(poolings, key=lambda name: _sum_of_eers(poolings[name]))
    return {"pooling": best, "recordings": recordings}


def _sum_of_eers(facts: Mapping[str, Any]) -> float:
    return facts["files_eer"] + facts["joined_eer"]


def _facts(heard: Heard, decision: Mapping[str, Any], pooling: Pooling) -> dict[str, Any]:
    """Return the calibration of a pooling, and how right its verdicts are."""
    utterances = heard.of_utterances(pooling)
    by_kind = {kind: heard.of_joined(pooling, kind) for kind in heard.joined}
    joined = np.concatenate(list(by_kind.values()))
    kinds = np.repeat(list(by_kind), [len(scores) for scores in by_kind.values()])
    labels = (kinds == BONAFIDE).astype(int)
    scale, offset = _line(heard, decision, pooling, utterances, joined, labels)
    rule = Rule.of(decision)

    def rejected(scores: np.ndarray) -> float:
        return float(np.mean([rule.verdict(llr) == "spoof" for llr in scale * scores + offset]))

    before = to_llr(decision, heard.clips)
    after = before.copy()
    rows = list(heard.longer)
    after[rows] = scale * utterances[rows] + offset
    same = [rule.verdict(a) == rule.verdict(b) for a, b in zip(before, after, strict=True)]
    return {
        "scale": scale,
        "offset": offset,
        "files_eer": _eer(utterances, heard.labels),
        "joined_eer": _eer(joined, labels),
        "agreement": float(np.mean(same)),
        **{f"rejected_{kind}": rejected(scores) for kind, scores in by_kind.items()},
    }


def _line(
    heard: Heard,
    decision: Mapping[str, Any],
    pooling: Pooling,
    utterances: np.ndarray,
    joined: np.ndarray,
    labels: np.ndarray,
) -> tuple[float, float]:
    """Return (scale, offset) of the calibration of a pooling; of the start, that of clips."""
    if pooling == "start":
        zero, one = to_llr(decision, np.array([0.0, 1.0])).tolist()
        return one - zero, zero
    rows = list(heard.longer)
    calibration = fit(
        np.concatenate((utterances[rows], joined)), np.concatenate((heard.labels[rows], labels))
    )
    return calibration.scale[0], calibration.offset


def _eer(scores: np.ndarray, labels: np.ndarray) -> float:
    return eer(scores[labels == 1], scores[labels == 0])[0]
