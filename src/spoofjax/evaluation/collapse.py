"""The collapse alarm: does a model tell classes apart, or give everything the same answer?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.evaluation.decisions import Decisions
from spoofjax.evaluation.ranked import Ranked

SHARE = 0.99
"""Alarm where one class gets more than this share of the decisions."""
RECALL = 0.05
"""Alarm where the recall of a class is below this."""
SPREAD = 1e-3
"""Alarm where the standard deviation of the scores is below this."""


@dataclass(frozen=True)
class Collapse:
    """What the alarm measured at the model's own decisions; `reasons` are empty unless it fired."""

    fired: bool
    reasons: tuple[str, ...]
    accepted_share: float
    recall_bonafide: float
    recall_spoof: float
    spread: float
    accuracy: float
    accuracy_always_spoof: float

    def to_json(self) -> dict[str, Any]:
        """Return the fields as JSON values."""
        return {**asdict(self), "reasons": list(self.reasons)}


def collapse(scores: ArrayLike, labels: ArrayLike, threshold: float = 0.0) -> Collapse:
    """Judge raw scores (logits, higher = more bona fide) at the model's own threshold.

    The alarm fires where one class gets over 99 % of the decisions, either recall is below 5 %, or
    the standard deviation of all scores is below 1e-3. Raises ScoreError where a class is missing
    or a score is not finite.
    """
    ranked = Ranked.of(scores, labels)
    decisions = Decisions.at(ranked, threshold)
    accepted = decisions.accepted / len(ranked)
    spread = float(np.std(np.asarray(scores, np.float64)))
    reasons = [*_one_answer(accepted), *_low_recall(decisions)]
    if spread < SPREAD:
        reasons.append(
            f"The scores hardly differ (standard deviation {spread:.2g}, under {SPREAD:g}): the "
            "model gives every utterance the same answer."
        )
    if reasons:
        reasons.append(
            f"Accuracy is {decisions.accuracy:.1%}; calling everything spoof would give "
            f"{decisions.accuracy_always_spoof:.1%}, so accuracy says nothing here."
        )
    return Collapse(
        fired=bool(reasons),
        reasons=tuple(reasons),
        accepted_share=accepted,
        recall_bonafide=decisions.recall_bonafide,
        recall_spoof=decisions.recall_spoof,
        spread=spread,
        accuracy=decisions.accuracy,
        accuracy_always_spoof=decisions.accuracy_always_spoof,
    )


def usual_threshold(scores: ArrayLike) -> float:
    """Return the threshold at which scores of an unknown system are usually meant.

    That is 0.5 for probabilities, which all lie in [0, 1], and 0 for logits.
    """
    values = np.asarray(scores, np.float64)
    return 0.5 if values.size and values.min() >= 0 and values.max() <= 1 else 0.0


def _one_answer(accepted: float) -> list[str]:
    share, name = max((accepted, "bona fide"), (1 - accepted, "spoof"))
    if share <= SHARE:
        return []
    return [f"The model calls {share:.1%} of the utterances {name} (alarm above {SHARE:.0%})."]


def _low_recall(decisions: Decisions) -> list[str]:
    parts = (
        ("bona fide", decisions.recall_bonafide, decisions.bonafide_accepted, decisions.bonafide),
        ("spoof", decisions.recall_spoof, decisions.spoof_rejected, decisions.spoof),
    )
    return [
        f"Only {correct:,} of {trials:,} {name} utterances are recognised "
        f"({recall:.1%}, alarm below {RECALL:.0%})."
        for name, recall, correct, trials in parts
        if recall < RECALL
    ]
