"""A calibration for another channel: an earlier one, changed as far as a few clips give reason to.

A channel shifts the log-likelihood ratios (LLRs) of an earlier calibration and stretches them:
new llr = (1 + stretch) x llr + shift. Both are taken to be near 0 before any clip is heard, so that
few clips change little and none change nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import Affine, log_odds
from spoofjax.evaluation.logistic import minimise_cross_entropy
from spoofjax.evaluation.ranked import Ranked, split_classes

SHIFT = 2.0
"""Standard deviation of the shift before any clip is heard, in nats."""
STRETCH = 0.5
"""The same of the stretch, without a unit."""
STRETCHED_FROM = 10
"""Clips of each class from which on the stretch is fitted; with fewer it is 0."""
FOLDS = 100
"""Most calibrations that are fitted to judge one."""


def adapted(earlier: Affine, scores: ArrayLike, labels: ArrayLike) -> Affine:
    """Return the calibration of greatest posterior probability, given labelled clips.

    `scores` (clips,) are raw scores of one system, `labels` (clips,) 1 for bona fide and 0 for
    spoof. The likelihood is that of logistic regression, whose classes are weighted to the prior of
    the earlier calibration and together count as 4 / (1 / bona fide + 1 / spoof) trials: as many as
    there are clips if the classes are of equal size, fewer otherwise. Without clips the earlier
    calibration is returned. Raises ScoreError if a class is missing, and as the metrics do.
    """
    values, labels = np.asarray(scores, np.float64), np.asarray(labels)
    if not len(values):
        return earlier
    ranked = Ranked.of(values, labels)
    trials = (len(ranked.bonafide), len(ranked.spoof))
    llr = earlier(values)
    columns = [np.ones(len(llr))]
    deviations = [SHIFT]
    if min(trials) >= STRETCHED_FROM:
        columns.append(llr)
        deviations.append(STRETCH)
    count = 4 / sum(1 / trial for trial in trials)
    shift, *stretch = minimise_cross_entropy(
        np.column_stack(columns),
        labels,
        earlier.prior,
        llr + log_odds(earlier.prior),
        1 / (np.square(deviations) * count),
    ).tolist()
    factor = 1 + sum(stretch)
    result = replace(
        earlier,
        scale=tuple(factor * scale for scale in earlier.scale),
        offset=factor * earlier.offset + shift,
        trials=trials,
    )
    bonafide, spoof = split_classes(result(values), labels)
    errors = (int((bonafide < 0).sum()), int((spoof >= 0).sum()))
    return replace(result, errors=errors, warnings=())


def held_out_llr(earlier: Affine, scores: ArrayLike, labels: ArrayLike) -> np.ndarray:
    """Return the LLR of each clip by a calibration adapted to the others, float64 (clips,).

    Up to FOLDS clips are left out one at a time, more of them in FOLDS groups. Raises ScoreError
    where a class has fewer than two clips.
    """
    values, labels = np.asarray(scores, np.float64), np.asarray(labels)
    if min((labels == label).sum() for label in (0, 1)) < 2:
        raise ScoreError(
            "A class has fewer than two clips. Add clips of both bona fide speech and spoofs."
        )
    fold = np.empty(len(values), np.int64)
    fold[np.argsort(labels, kind="stable")] = np.arange(len(values)) % FOLDS
    llr = np.empty(len(values))
    for number in np.unique(fold):
        is_out = fold == number
        llr[is_out] = adapted(earlier, values[~is_out], labels[~is_out])(values[is_out])
    return llr
