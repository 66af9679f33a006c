"""How well a few numbers of each utterance tell two classes apart: a cross-validated probe."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import fit

FOLDS = 5
RIDGE = 0.01
"""Weight of half the squared coefficients of standardised features, beside the cross-entropy."""


def probe_scores(
    features: ArrayLike, labels: ArrayLike, groups: ArrayLike, folds: int = FOLDS
) -> np.ndarray:
    """Return float64 (utterances,): the score that a probe gives each utterance unseen.

    The probe is the logistic regression of `calibration.fit` on `features`, float (utterances,
    numbers), in which both classes weigh the same. It is fitted `folds` times, each time without
    the groups that it then scores, so that it cannot profit from knowing a speaker or a parent.
    `groups` are integers (utterances,). The folds are the same on every call. Raises ScoreError as
    `fit` does, for features that are not finite, and where a fit would lack a class.
    """
    values, labels = np.asarray(features, np.float64), np.asarray(labels)
    if values.ndim != 2 or len(values) != len(labels) or len(labels) != len(np.asarray(groups)):
        raise ScoreError(f"Features have shape {values.shape} for {len(labels)} labels.")
    if not np.isfinite(values).all():
        raise ScoreError("The features of the probe hold NaN or infinite values.")
    of = fold_of(np.asarray(groups), folds)
    scores = np.empty(len(labels))
    for fold in range(folds):
        is_scored = of == fold
        if is_scored.any():
            seen = labels[~is_scored]
            if len(np.unique(seen)) < 2:
                raise ScoreError("all utterances of a class are of one speaker or parent.")
            fitted = fit(values[~is_scored], seen, prior=0.5, regularisation=RIDGE * len(seen))
            scores[is_scored] = fitted(values[is_scored])
    return scores


def fold_of(groups: np.ndarray, folds: int = FOLDS) -> np.ndarray:
    """Return int64 (utterances,): the fold of each utterance; a group lies in one fold.

    Large groups are placed first, each into the fold with the fewest utterances so far.
    """
    _, inverse, counts = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.random.default_rng(0).permutation(len(counts))
    order = order[np.argsort(-counts[order], kind="stable")]
    sizes, of_group = np.zeros(folds, np.int64), np.empty(len(counts), np.int64)
    for group in order:
        of_group[group] = sizes.argmin()
        sizes[of_group[group]] += counts[group]
    return of_group[inverse]
