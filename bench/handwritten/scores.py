"""Metrics and bootstrap, against plain numpy and scipy.stats.bootstrap."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from bench.handwritten.piece import Piece
from bench.metrics import synthetic
from bench.peers import metrics_literal as literal
from bench.peers.metrics_numpy import by_numpy, standard_errors_by_scipy
from spoofjax.evaluation.bootstrap import intervals
from spoofjax.evaluation.metrics import headline
from spoofjax.evaluation.ranked import split_classes

RESAMPLES = 1_000
BOOTSTRAP_TRIALS = 20_000
"""Fewer than a corpus has, because scipy sorts every resample anew."""
METRICS = ("eer", "min_dcf", "act_dcf", "cllr", "auc")


def score_pieces(trials: int) -> Iterator[Piece]:
    """Yield the five metrics of `trials` scores, and bootstrap intervals of fewer."""
    scores, labels = synthetic(trials)
    yield Piece(
        f"five metrics of {trials:,} scores",
        lambda: values_of(headline(scores, labels)),
        {
            "numpy": lambda: values_of(by_numpy(*split_classes(scores, labels))),
            "official algorithm": lambda: values_of(literal.five(*split_classes(scores, labels))),
        },
        tolerance=1e-9,
        repeats=5,
    )
    few_scores, few_labels = synthetic(min(trials, BOOTSTRAP_TRIALS))

    def ours() -> list[float]:
        estimates = intervals(few_scores, few_labels, resamples=RESAMPLES)
        return [estimates[name].standard_error / estimates[name].value for name in METRICS]

    yield Piece(
        f"{RESAMPLES:,} resamples of {len(few_scores):,} scores",
        ours,
        {
            "scipy.stats.bootstrap": lambda: standard_errors_by_scipy(
                *split_classes(few_scores, few_labels), RESAMPLES
            )
        },
        tolerance=0.15,
        repeats=3,
    )


def values_of(metrics: dict[str, float]) -> np.ndarray:
    """Return the five metrics in a fixed order."""
    return np.array([metrics[name] for name in METRICS])
