"""How well a run tells attacks apart, and how well it notices attacks that it does not know.

The closed set is the attacks that the run traces. The rejection score of an utterance is its
largest logit: an attack that the run has not learned tends to give every logit a small value (the
maximum logit score of Hendrycks et al., 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from spoofjax.evaluation.metrics import auc, eer

UNKNOWN = "unknown"
"""What an utterance is called whose attack is none of those that the run traces."""
NAMELESS = "-"
"""Stands for a spoof whose attack the corpus does not name."""
KEPT = 0.95
"""Share of utterances on the right side of the threshold where dev has only one kind of attack."""


class Attribution(NamedTuple):
    """The attack by which an utterance was made, if it is a spoof."""

    attack: str
    """The likeliest attack, or UNKNOWN where the score is below the run's threshold."""
    likeliest: str
    """The likeliest of the attacks that the run traces."""
    score: float
    """The rejection score."""


def rejection_scores(logits: np.ndarray) -> np.ndarray:
    """Return float64 (utterances,): the largest of the logits (utterances, attacks).

    A low score speaks for an attack that the run does not know.
    """
    return np.asarray(logits, np.float64).max(axis=1)


def rejection_threshold(
    logits: np.ndarray, names: Sequence[str], attacks: Sequence[str]
) -> dict[str, Any]:
    """Return the threshold on rejection scores as JSON values, and in words where it comes from.

    `names` are the attacks of spoofed utterances. An utterance is called unknown where its score is
    below the threshold. It is None, so that nothing is called unknown, where no utterance has the
    name of an attack, and where the scores do not tell known from unknown attacks.
    """
    scores = rejection_scores(logits)
    is_known, is_unknown = _kinds(names, attacks)
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


def tracing_metrics(
    logits: np.ndarray, names: Sequence[str], attacks: Sequence[str], threshold: float | None
) -> dict[str, Any]:
    """Return the results on spoofed utterances as JSON values.

    `logits` is (utterances, attacks), `names` the attack of each utterance. Accuracy and macro-F1
    are those of the likeliest attack over the known attacks that the split has, without rejection;
    F1 is 0 for an attack that is never recognised. `rejection_auroc` is the probability that a
    known attack scores above an unknown one. What cannot be measured is None.
    """
    scores, likeliest = rejection_scores(logits), np.argmax(logits, axis=1)
    is_known, is_unknown = _kinds(names, attacks)
    is_rejected = np.zeros(len(scores), bool) if threshold is None else scores < threshold
    present = sorted({name for name in names if name != NAMELESS}, key=_order(attacks))
    rows = [_row(name, names, attacks, likeliest, is_rejected, is_known) for name in present]
    known_rows = [row for row in rows if row["is_known"]]
    hits = sum(row["likeliest"][row["attack"]] for row in known_rows)
    both = is_known.any() and is_unknown.any()
    return {
        "attacks": list(attacks),
        "known": int(is_known.sum()),
        "unknown": int(is_unknown.sum()),
        "accuracy": hits / int(is_known.sum()) if known_rows else None,
        "macro_f1": float(np.mean([row["f1"] for row in known_rows])) if known_rows else None,
        "rejection_auroc": float(auc(scores[is_known], scores[is_unknown])) if both else None,
        "threshold": threshold,
        "known_rejected": _share(is_rejected[is_known]),
        "unknown_rejected": _share(is_rejected[is_unknown]),
        "rows": rows,
    }


def attribution(
    logits: np.ndarray, attacks: Sequence[str], decision: Mapping[str, Any]
) -> Attribution:
    """Return the attribution of an utterance by its logits (attacks,) and the run's decision."""
    likeliest, score = attacks[int(np.argmax(logits))], float(np.max(logits))
    threshold = decision.get("tracing", {}).get("threshold")
    is_unknown = threshold is not None and score < threshold
    return Attribution(UNKNOWN if is_unknown else likeliest, likeliest, score)


def principal_plane(vectors: np.ndarray) -> np.ndarray:
    """Return float64 (utterances, 2): vectors (utterances, width) on their two principal axes.

    Each coefficient is brought to mean 0 and deviation 1 first. An axis points to where its largest
    coefficient is positive, so that equal vectors give equal pictures.
    """
    centred = np.asarray(vectors, np.float64) - vectors.mean(axis=0)
    deviation = centred.std(axis=0)
    scaled = centred / np.where(deviation > 0, deviation, 1.0)
    axes = np.linalg.svd(scaled, full_matrices=False)[2][:2]
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    plane = scaled @ (axes * signs[:, None]).T
    return np.pad(plane, ((0, 0), (0, 2 - plane.shape[1])))


def _kinds(names: Sequence[str], attacks: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Return two bool (utterances,): whose attack is known, and whose is unknown."""
    is_known = np.array([name in attacks for name in names], bool)
    is_named = np.array([name != NAMELESS for name in names], bool)
    return is_known, is_named & ~is_known


def _order(attacks: Sequence[str]) -> Callable[[str], tuple[bool, str]]:
    """Return the sorting key by which known attacks come first."""
    return lambda name: (name not in attacks, name)


def _row(
    name: str,
    names: Sequence[str],
    attacks: Sequence[str],
    likeliest: np.ndarray,
    is_rejected: np.ndarray,
    is_known: np.ndarray,
) -> dict[str, Any]:
    """Return what becomes of the utterances of one attack."""
    is_own = np.array([other == name for other in names], bool)
    counts = np.bincount(likeliest[is_own], minlength=len(attacks)).tolist()
    row: dict[str, Any] = {
        "attack": name,
        "is_known": name in attacks,
        "utterances": int(is_own.sum()),
        "rejected": int(is_rejected[is_own].sum()),
        "likeliest": dict(zip(attacks, counts, strict=True)),
        "recall": None,
        "f1": None,
    }
    if row["is_known"]:
        place = list(attacks).index(name)
        hits, claimed = counts[place], int((likeliest[is_known] == place).sum())
        row["recall"] = hits / row["utterances"]
        row["f1"] = 2 * hits / (row["utterances"] + claimed)
    return row


def _share(are_rejected: np.ndarray) -> float | None:
    return float(are_rejected.mean()) if len(are_rejected) else None
