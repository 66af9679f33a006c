"""Where a system fails: the same numbers per attack, codec, language, gender or crossing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.corpora.manifest import Column
from spoofjax.errors import ScoreError
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs
from spoofjax.evaluation.ranked import Ranked

SPOOF_ONLY = frozenset({"attack", "vocoder"})
"""Columns that say nothing of bona fide speech: a cell compares with all of it."""


def by(
    scores: ArrayLike,
    labels: ArrayLike,
    columns: Mapping[str, Column],
    costs: Costs = ASVSPOOF5,
) -> list[dict[str, Any]]:
    """Return one row per combination of the columns' values that some spoof or bona fide has.

    A cell's spoof utterances have all its values; its bona fide ones have those of every column
    that describes them too (all but attack and vocoder), as in the ASVspoof 5 package: attack x
    codec compares the spoofs of that attack and codec with the bona fide speech of that codec. A
    row holds the values, the counts `bonafide` and `spoof`, and eer, eer_threshold, min_dcf and
    auc, which are None where a class is absent. Raises ScoreError on lengths that differ.
    """
    scores, labels = np.asarray(scores, np.float64), np.asarray(labels)
    for name, column in columns.items():
        if not scores.shape == labels.shape == column.codes.shape:
            raise ScoreError(
                f"Column {name} has {len(column.codes)} values, scores {len(scores)} and labels "
                f"{len(labels)}; all need one per utterance."
            )
    shared = [name for name in columns if name not in SPOOF_ONLY]
    spoof = _groups(scores, labels == 0, [columns[name].codes for name in columns])
    bonafide = _groups(scores, labels == 1, [columns[name].codes for name in shared])
    pick = [index for index, name in enumerate(columns) if name in shared]
    cells = set(spoof)
    if len(shared) == len(columns):
        cells |= set(bonafide)  # a codec without spoofs is still worth a row of counts
    rows = []
    for cell in sorted(cells):
        codes = zip(columns.items(), cell, strict=True)
        values = {name: c.names[code] if code >= 0 else "-" for (name, c), code in codes}
        others = bonafide.get(tuple(cell[index] for index in pick), scores[:0])
        rows.append({**values, **_numbers(others, spoof.get(cell, scores[:0]), costs)})
    return rows


def breakdown(
    scores: ArrayLike,
    labels: ArrayLike,
    columns: Mapping[str, Column],
    costs: Costs = ASVSPOOF5,
    depth: int = 2,
) -> dict[str, list[dict[str, Any]]]:
    """Return `by` for every column and every crossing of up to `depth` columns.

    Keys are names joined by ' x ' in the order given ('attack', 'codec', 'attack x codec').
    Columns in which all utterances share one value are left out, since they say nothing.
    """
    varied = [name for name, (codes, _) in columns.items() if len(np.unique(codes)) > 1]
    chosen = [c for size in range(1, depth + 1) for c in combinations(varied, size)]
    return {
        " x ".join(names): by(scores, labels, {name: columns[name] for name in names}, costs)
        for names in chosen
    }


def _numbers(bonafide: np.ndarray, spoof: np.ndarray, costs: Costs) -> dict[str, Any]:
    counts = {"bonafide": len(bonafide), "spoof": len(spoof)}
    if not (len(bonafide) and len(spoof)):
        return {**counts, "eer": None, "eer_threshold": None, "min_dcf": None, "auc": None}
    ranked = Ranked(bonafide, spoof)
    equal = ranked.equal_error()
    return {
        **counts,
        "eer": (equal.frr + equal.far) / 2,
        "eer_threshold": equal.threshold,
        "min_dcf": ranked.least_cost(*costs.weights)[0],
        "auc": ranked.auc(),
    }


def _groups(
    scores: np.ndarray, chosen: np.ndarray, codes: Sequence[np.ndarray]
) -> dict[tuple[int, ...], np.ndarray]:
    """Return the chosen scores split by their combination of codes."""
    return dict(_split(scores[chosen], [c[chosen] for c in codes]))


def _split(
    scores: np.ndarray, codes: Sequence[np.ndarray]
) -> Iterator[tuple[tuple[int, ...], np.ndarray]]:
    if not len(scores):
        return
    if not codes:
        yield (), scores
        return
    combined = np.zeros(len(scores), np.int64)
    for column in codes:
        combined = combined * (int(column.max()) + 2) + column + 1
    order = np.argsort(combined, kind="stable")
    starts = np.flatnonzero(np.diff(combined[order], prepend=-1))
    for start, part in zip(starts, np.split(order, starts[1:]), strict=True):
        first = order[start]
        yield tuple(int(column[first]) for column in codes), scores[part]
