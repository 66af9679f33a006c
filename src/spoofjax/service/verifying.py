"""What the service answers about the claim of a speaker."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spoofjax.evaluation.tandem import TandemCosts
from spoofjax.evaluation.verification import Verifier

SENTENCES = {
    "accept": "The recording sounds like the claimed speaker, in person.",
    "impostor": "The recording sounds like another person.",
    "spoof": "The recording sounds synthetic, converted or replayed.",
}


def verification(
    answer: Mapping[str, Any], asv_score: float | None, verifier: Verifier | None
) -> dict[str, Any]:
    """Return the decision about a recording, given the answer of the countermeasure.

    `asv_score` is a raw score that the verifier calibrates. Without a verifier, it is a natural-log
    likelihood ratio, and the costs are those of ASVspoof 5. A recording that cannot be judged, or
    without `asv_score`, is not accepted: its decision is null.
    """
    if answer["p_spoof"] is None or asv_score is None:
        decided: dict[str, Any] = {"decision": None, "sentence": answer["sentence"]}
    else:
        cm_score = answer["llr"] if verifier is None else answer["score"]
        decided = (verifier or Verifier(TandemCosts())).answer(cm_score, asv_score)
        decided["sentence"] = SENTENCES[decided["decision"]]
    names = ("verdict", "reason", "score", "llr", "p_spoof", "seconds", "heard")
    return {**decided, "countermeasure": {name: answer[name] for name in names}}
