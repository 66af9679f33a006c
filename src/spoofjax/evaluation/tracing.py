"""How well a run tells attacks apart, and how well it notices attacks that it does not know.

The closed set is the attacks that the run traces. rejection.py has the score that notices others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from spoofjax.evaluation.metrics import auc
from spoofjax.evaluation.rejection import NAMELESS, kinds_of


def tracing_metrics(
    logits: np.ndarray,
    scores: np.ndarray,
    names: Sequence[str],
    attacks: Sequence[str],
    threshold: float | None,
) -> dict[str, Any]:
    """Return the results on spoofed utterances as JSON values.

    `logits` is (utterances, attacks), `scores` (utterances,) are the rejection scores, and `names`
    has the attack of each utterance. Accuracy and macro-F1 are those of the likeliest attack over
    the known attacks that the split has, without rejection; F1 is 0 for an attack that is never
    recognised. `rejection_auroc` is the probability that a known attack scores above an unknown
    one. What cannot be measured is None.
    """
    likeliest = np.argmax(logits, axis=1)
    is_known, is_unknown = kinds_of(names, attacks)
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
