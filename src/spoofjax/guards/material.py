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

    @property
    def names(self) -> tuple[str, str]:
        """What the bona fide and the spoofed utterances are, in words."""
        return (
            ("their parents", "copies") if self.grouping == "parents" else ("bona fide", "spoofs")
        )

    def where(self, is_kept: np.ndarray) -> Material:
        """Return the utterances for which a mask (utterances,) is true."""
        return Material(self.manifest.take(is_kept), self.groups[is_kept], self.grouping)


def materials_of(manifest: Manifest, most: int = MOST) -> list[Material]:
    """Choose what to probe of a split: up to `most` utterances of each class, always the same ones.

    Where spoofs name their parents and these are in the split, copies are compared with their
    parents; the other spoofs with bona fide, of which speakers are kept apart where there are
    enough, or else utterances. What has fewer than FEWEST utterances of a class is left out.
    """
    parents = _parents(manifest)
    pairs = _one_copy_each(parents)
    if len(pairs) < FEWEST:
        return _against_bonafide(manifest, most)
    chosen = pairs[spread(len(pairs), most)]
    groups = np.unique(chosen[:, 0], return_inverse=True)[1]
    copies = Material(manifest.take(chosen.T.ravel()), np.tile(groups, 2), "parents")
    return [copies, *_against_bonafide(manifest.take(parents < 0), most)]


def _against_bonafide(manifest: Manifest, most: int) -> list[Material]:
    """Return spoofs and bona fide utterances, or nothing where there are too few."""
    classes = [np.flatnonzero(manifest.label == label) for label in (BONAFIDE, SPOOF)]
    if min(map(len, classes)) < FEWEST:
        return []
    chosen = manifest.take(np.concatenate([rows[spread(len(rows), most)] for rows in classes]))
    speakers = chosen.codes("speaker")
    if _has_enough(speakers, chosen.label):
        return [Material(chosen, speakers, "speakers")]
    return [Material(chosen, np.arange(len(chosen)), "utterances")]


def spread(count: int, most: int) -> np.ndarray:
    """Return up to `most` of `count` rows, drawn without replacement, in order."""
    return np.sort(np.random.default_rng(0).permutation(count)[:most])


def _parents(manifest: Manifest) -> np.ndarray:
    """Return int64 (utterances,): the row of each copy's parent; -1 for what is no copy."""
    rows = np.full(len(manifest), -1, np.int64)
    if PARENT not in manifest.columns:
        return rows
    bonafide = np.flatnonzero(manifest.label == BONAFIDE)
    row_of = dict(zip(manifest.ids[bonafide].tolist(), bonafide.tolist(), strict=True))
    parents = manifest.column(PARENT).values()
    for copy in np.flatnonzero(manifest.label == SPOOF).tolist():
        rows[copy] = row_of.get(parents[copy], -1)
    return rows


def _one_copy_each(parents: np.ndarray) -> np.ndarray:
    """Return int64 (pairs, 2): the rows of each parent and of one of its copies."""
    copies = np.random.default_rng(0).permutation(np.flatnonzero(parents >= 0))
    of, first = np.unique(parents[copies], return_index=True)
    return np.column_stack([of, copies[first]])


def _has_enough(speakers: np.ndarray, labels: np.ndarray) -> bool:
    """Whether both classes have at least two speakers for each fold of a probe."""
    return all(
        len(np.unique(own[own >= 0])) >= 2 * FOLDS and (own >= 0).all()
        for own in (speakers[labels == label] for label in (BONAFIDE, SPOOF))
    )
