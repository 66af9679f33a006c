"""Spoofs by attacks that a run does not know: a score that is low for them, and a threshold on it.

The score compares the distance of an embedding from the nearest attack of training with that from
bona fide speech (known_attacks.py). Runs of earlier versions have no such distances; theirs is the
largest logit (the maximum logit score of Hendrycks et al., 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from spoofjax.evaluation.known_attacks import KnownAttacks
from spoofjax.evaluation.metrics import auc, eer

DISTANCE, LOGIT = "distance", "logit"
"""What the rejection score is, as a run's decision says."""
NAMELESS = "-"
"""Stands for a spoof whose attack the corpus does not name."""
KEPT = 0.95
"""Share of utterances on the right side of the threshold where dev has only one kind of attack."""


def rejection_scores(
    logits: np.ndarray, embedding: np.ndarray, known_attacks: KnownAttacks | None
) -> np.ndarray:
    """Return float64 (utterances,); a low score speaks for an attack that the run does not know.

    `logits` is (utterances, attacks), and `embedding` (utterances, width). Without `known_attacks`,
    the score is the largest logit.
    """
    if known_attacks is None:
        return np.asarray(logits, np.float64).max(axis=1)
    return known_attacks.scores(embedding)


def rejection_threshold(
    scores: np.ndarray, names: Sequence[str], attacks: Sequence[str]
) -> dict[str, Any]:
    """Return the threshold on rejection scores as JSON values, and in words where it comes from.

    `scores` float64 (utterances,) are those of spoofs, and `names` their attacks. An utterance is
    called unknown where its score is below the threshold. It is None, so that nothing is called
    unknown, where no utterance has the name of an attack, and where the scores do not tell known
    from unknown attacks.
    """
    is_known, is_unknown = kinds_of(names, attacks)
    known, unknown = scores[is_known], scores[is_unknown]
    if len(known) and len(unknown) and auc(known, unknown) <= 0.5:
        text = "dev: unknown attacks do not score below known ones, so none is rejected"
        return {"threshold": None, "threshold_from": text}
    if len(known) and len(unknown):
        return {
            "threshold": float(eer(known, unknown)[1]),
            "threshold_from": "dev: known and unknown attacks are mistaken equally often",
        }
    if len(known):
        text = f"dev: {KEPT:.0%} of the known attacks are accepted"
        return {"threshold": float(np.quantile(known, 1 - KEPT)), "threshold_from": text}
    if len(unknown):
        text = f"dev: {KEPT:.0%} of the unknown attacks are rejected"
        return {"threshold": float(np.quantile(unknown, KEPT)), "threshold_from": text}
    return {"threshold": None, "threshold_from": "dev names no attacks, so none is rejected"}


def kinds_of(names: Sequence[str], attacks: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return two bool (utterances,): whose attack is known, and whose is unknown."""
    is_known = np.array([name in attacks for name in names], bool)
    is_named = np.array([name != NAMELESS for name in names], bool)
    return is_known, is_named & ~is_known
