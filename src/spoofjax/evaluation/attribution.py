"""By which attack an utterance was made, as a run says of one recording."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

UNKNOWN = "unknown"
"""What an utterance is called whose attack is none of those that the run traces."""


class Attribution(NamedTuple):
    """The attack by which an utterance was made, if it is a spoof."""

    attack: str
    """The likeliest attack, or UNKNOWN where the score is below the run's threshold."""
    likeliest: str
    """The likeliest of the attacks that the run traces."""
    score: float
    """The rejection score, see evaluation/rejection.py."""


def attribution(
    logits: np.ndarray, score: float, attacks: Sequence[str], decision: Mapping[str, Any]
) -> Attribution:
    """Return the attribution of an utterance by its logits (attacks,) and its rejection score.

    `decision` is that of the run, which says below which score the attack is unknown.
    """
    likeliest = attacks[int(np.argmax(logits))]
    threshold = decision.get("tracing", {}).get("threshold")
    is_unknown = threshold is not None and score < threshold
    return Attribution(UNKNOWN if is_unknown else likeliest, likeliest, score)


def attack_fields(attribution: Attribution | None, verdict: str) -> dict[str, Any]:
    """Return attack, likeliest_attack and attack_score, as every command and service names them.

    All are None for what is called bona fide, and where the detector traces no attacks.
    """
    if attribution is None or verdict == "bonafide":
        return {"attack": None, "likeliest_attack": None, "attack_score": None}
    attack, likeliest, score = attribution
    return {"attack": attack, "likeliest_attack": likeliest, "attack_score": score}


def attack_in_words(attack: str | None, likeliest: str | None) -> str:
    """Return both fields as the end of a line for people; '' where there is no attack."""
    if attack is None:
        return ""
    hint = "" if attack == likeliest else f" (likeliest {likeliest})"
    return f"  attack {attack}{hint}"
