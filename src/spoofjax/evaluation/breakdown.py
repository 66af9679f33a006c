"""Where a system fails: the same numbers per attack, codec, language, gender or crossing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.corpora.column import Column
from spoofjax.errors import ScoreError, nearest
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs
from spoofjax.evaluation.ranked import Ranked

SPOOF_ONLY = frozenset({"attack", "vocoder"})
"""Columns that bona fide speech has no values of: all of it is compared with each cell."""

MAIN_COLUMNS = ("attack", "codec", "language")
"""The columns that results are broken down by unless other groups are asked for."""

CROSSING = " x "
"""Stands between two columns in the name of a group, as in 'attack x codec'."""


def by(
    scores: ArrayLike,
    labels: ArrayLike,
    columns: Mapping[str, Column],
    costs: Costs = ASVSPOOF5,
) -> list[dict[str, Any]]:
    """Return one row for each combination of the columns' values that any utterance has.

    A row compares the spoofs that have all its values with the bona fide utterances that have its
    values of those columns which apply to bona fide speech (all but attack and vocoder), as in the
    ASVspoof 5 package. In attack x codec, for example, the spoofs of an attack and a codec are
    compared with all bona fide speech of that codec. A row holds the values, the counts `bonafide`
    and `spoof`, and eer, eer_threshold, min_dcf and auc, which are None where a class is absent.
    Raises ScoreError where lengths differ.
    """
    scores, labels = np.asarray(scores, np.float64), np.asarray(labels)
    for name, column in columns.items():
        if not scores.shape == labels.shape == column.codes.shape:
            raise ScoreError(
                f"Column {name} has {len(column.codes)} values, scores {len(scores)} and labels "
                f"{len(labels)}; each needs one per utterance."
            )
    shared = [name for name in columns if name not in SPOOF_ONLY]
    spoof = _groups(scores, labels == 0, [columns[name].codes for name in columns])
    bonafide = _groups(scores, labels == 1, [columns[name].codes for name in shared])
    shared_indices = [index for index, name in enumerate(columns) if name in shared]
    cells = set(spoof)
    if len(shared) == len(columns):
        cells |= set(bonafide)  # for example a codec without spoofs, whose counts are of use
    rows = []
    for cell in sorted(cells):
        codes = zip(columns.items(), cell, strict=True)
        values = {name: c.names[code] if code >= 0 else "-" for (name, c), code in codes}
        others = bonafide.get(tuple(cell[index] for index in shared_indices), scores[:0])
        rows.append({**values, **_numbers(others, spoof.get(cell, scores[:0]), costs)})
    return rows


def breakdown(
    scores: ArrayLike,
    labels: ArrayLike,
    columns: Mapping[str, Column],
    groups: Sequence[str] | None = None,
    costs: Costs = ASVSPOOF5,
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of `by` for every group, by the group's name.

    A group is a column ('gender') or a crossing of two ('attack x codec'); the default is all of
    `varying_groups`. Raises ScoreError as `check_groups` and `by` do.
    """
    if groups is None:
        groups = varying_groups(columns)
    check_groups(groups, columns)
    return {
        group: by(scores, labels, {name: columns[name] for name in columns_of(group)}, costs)
        for group in groups
    }


def varying_groups(columns: Mapping[str, Column]) -> list[str]:
    """Return the name of every column and of every crossing of two columns.

    A column in which all utterances have the same value is left out: nothing is to be compared.
    """
    varying = [name for name, (codes, _) in columns.items() if len(np.unique(codes)) > 1]
    return [*varying, *(CROSSING.join(pair) for pair in combinations(varying, 2))]


def main_groups(columns: Mapping[str, Column]) -> list[str]:
    """Return the groups that a run is broken down by unless others are asked for.

    These are attack, codec and language where they vary, and attack x codec. There are no crossings
    with languages, which corpora have dozens of.
    """
    crossed = varying_groups({n: columns[n] for n in MAIN_COLUMNS[:2] if n in columns})
    single = varying_groups({n: columns[n] for n in MAIN_COLUMNS[2:] if n in columns})
    return [*crossed, *single]


def columns_of(group: str) -> list[str]:
    """Return the names of the columns that a group consists of."""
    return group.split(CROSSING)


def check_groups(groups: Sequence[str], columns: Collection[str]) -> None:
    """Raise ScoreError for a group that names a missing column, or more than two columns."""
    for group in groups:
        names = columns_of(group)
        for name in names:
            if name not in columns:
                raise ScoreError(
                    f"There is no column {name!r} to group by.{nearest(name, columns)} "
                    f"The columns with values are: {', '.join(columns) or 'none'}."
                )
        if len(names) > 2 or len(set(names)) < len(names):
            raise ScoreError(f"The group {group!r} must be one column, or two different ones.")


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
