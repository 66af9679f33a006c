"""The collapse alarm: is this a detector at all, or a model that says one thing to everybody?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.evaluation.decisions import Decisions
from spoofjax.evaluation.ranked import Ranked

SHARE = 0.99
RECALL = 0.05
SPREAD = 1e-3


@dataclass(frozen=True)
class Collapse:
    """What the alarm saw at the model's own decision; `reasons` are empty unless it fired."""

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
    """Judge raw scores (logits, higher = bona fide) at the model's own decision.

    Fires where one class gets over 99 % of the decisions, either recall is below 5 %, or the
    standard deviation of all scores is under 1e-3. Raises ScoreError where a class is missing or a
    score is not finite.
    """
    ranked = Ranked.of(scores, labels)
    made = Decisions.at(ranked, threshold)
    accepted = made.accepted / len(ranked)
    spread = float(np.std(np.asarray(scores, np.float64)))
    reasons = [*_one_answer(accepted), *_low_recall(made)]
    if spread < SPREAD:
        reasons.append(
            f"The scores hardly differ (standard deviation {spread:.2g}, under {SPREAD:g}): the "
            "model gives every utterance the same answer."
        )
    if reasons:
        reasons.append(
            f"Accuracy is {made.accuracy:.1%}; calling everything spoof would give "
            f"{made.accuracy_always_spoof:.1%}, so accuracy says nothing here."
        )
    return Collapse(
        fired=bool(reasons),
        reasons=tuple(reasons),
        accepted_share=accepted,
        recall_bonafide=made.recall_bonafide,
        recall_spoof=made.recall_spoof,
        spread=spread,
        accuracy=made.accuracy,
        accuracy_always_spoof=made.accuracy_always_spoof,
    )


def _one_answer(accepted: float) -> list[str]:
    share, name = max((accepted, "bona fide"), (1 - accepted, "spoof"))
    if share <= SHARE:
        return []
    return [f"The model calls {share:.1%} of the utterances {name} (alarm above {SHARE:.0%})."]


def _low_recall(made: Decisions) -> list[str]:
    parts = (
        ("bona fide", made.recall_bonafide, made.bonafide_accepted, made.bonafide),
        ("spoof", made.recall_spoof, made.spoof_rejected, made.spoof),
    )
    return [
        f"Only {right:,} of {all_:,} {name} utterances are recognised "
        f"({recall:.1%}, alarm below {RECALL:.0%})."
        for name, recall, right, all_ in parts
        if recall < RECALL
    ]
