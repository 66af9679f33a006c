"""Which utterances of a split a guard looks at, and what must not be on both sides of a probe."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.corpora.manifest import BONAFIDE, SPOOF, Manifest
from spoofjax.evaluation.probe import FOLDS

MOST = 400
"""Utterances of each class that are looked at."""
FEWEST = 20
"""With fewer utterances of a class, nothing certain can be said."""
PARENT = "parent"
"""The column with the id of the bona fide utterance that a spoof is a copy of."""


class Material(NamedTuple):
    """Utterances of both classes of a split."""

    manifest: Manifest
    """The chosen utterances."""
    groups: np.ndarray
    """int64 (utterances,): utterances of one group share a speaker or a parent."""
    grouping: str
    """'parents', 'speakers' or 'utterances'."""


def material_of(manifest: Manifest, most: int = MOST) -> Material | None:
    """Choose up to `most` utterances of each class, always the same ones.

    Where spoofs name their parents and these are in the split, copies are compared with their
    parents only. Otherwise speakers are kept apart where there are enough, or else utterances.
    Returns None where a class has fewer than FEWEST utterances.
    """
    pairs = _pairs(manifest)
    if len(pairs) >= FEWEST:
        chosen = pairs[spread(len(pairs), most)]
        rows = np.concatenate([chosen[:, 0], chosen[:, 1]])
        parents = np.unique(chosen[:, 0], return_inverse=True)[1]
        return Material(manifest.take(rows), np.tile(parents, 2), "parents")
    classes = [np.flatnonzero(manifest.label == label) for label in (BONAFIDE, SPOOF)]
    if min(map(len, classes)) < FEWEST:
        return None
    chosen = manifest.take(np.concatenate([rows[spread(len(rows), most)] for rows in classes]))
    speakers = chosen.codes("speaker")
    if _has_enough(speakers, chosen.label):
        alone = speakers.max() + 1 + np.arange(len(chosen))
        return Material(chosen, np.where(speakers < 0, alone, speakers), "speakers")
    return Material(chosen, np.arange(len(chosen)), "utterances")


def spread(count: int, most: int) -> np.ndarray:
    """Return up to `most` of `count` rows, drawn without replacement, in order."""
    return np.sort(np.random.default_rng(0).permutation(count)[:most])


def _pairs(manifest: Manifest) -> np.ndarray:
    """Return int64 (copies, 2): rows of parent and copy, for one copy of each parent."""
    if PARENT not in manifest.columns:
        return np.empty((0, 2), np.int64)
    bonafide = np.flatnonzero(manifest.label == BONAFIDE)
    row_of = dict(zip(manifest.ids[bonafide].tolist(), bonafide.tolist(), strict=True))
    parents = manifest.column(PARENT).values()
    copies = np.random.default_rng(0).permutation(np.flatnonzero(manifest.label == SPOOF))
    first: dict[int, int] = {}
    for copy in copies.tolist():
        parent = row_of.get(parents[copy])
        if parent is not None:
            first.setdefault(parent, copy)
    return np.array(sorted(first.items()), np.int64).reshape(-1, 2)


def _has_enough(speakers: np.ndarray, labels: np.ndarray) -> bool:
    """Whether both classes have at least two speakers for each fold of a probe."""
    return all(
        len(np.unique(own[own >= 0])) >= 2 * FOLDS and (own >= 0).all()
        for own in (speakers[labels == label] for label in (BONAFIDE, SPOOF))
    )
