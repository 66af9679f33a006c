"""The equal error rate of parts that count by a weight, such as their duration."""

from __future__ import annotations

import numpy as np

from spoofjax.errors import ScoreError
from spoofjax.evaluation.bootstrap import percentiles

BINS, CLUSTERS, CHUNK = 2048, 2048, 100
"""The bootstrap joins neighbouring scores and, at random, utterances, up to so many; and it draws
so many resamples at a time."""


def weighted_eer(scores: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> float:
    """Return the rate at which the weighted shares of both errors are equal, exactly.

    All arrays are (parts,); labels are 1 for bona fide and 0 for spoof, weights are positive. The
    path of both errors is continuous: a part that is only partly rejected counts in proportion. Of
    equal scores, bona fide comes first, as in the EER of utterances. Raises ScoreError where a
    class is missing or an array has values that are not finite.
    """
    bonafide, spoof = _ordered(scores, labels, weights)
    frr, far = _paths(bonafide[None], spoof[None])
    return float(_crossings(frr, far)[0])


def weighted_interval(
    scores: np.ndarray,
    labels: np.ndarray,
    weights: np.ndarray,
    clusters: np.ndarray,
    resamples: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """Return the ends of the 95 % bootstrap interval of `weighted_eer`.

    Whole clusters, such as utterances, are resampled; `clusters` int (parts,) numbers them. Scores
    are joined into bins of equal weight. Raises ScoreError as `weighted_eer` does, and for fewer
    than two clusters.
    """
    _check(scores, labels, weights)
    random = np.random.default_rng(seed)
    numbers = np.unique(clusters, return_inverse=True)[1]
    count = int(numbers.max()) + 1
    if count < 2:
        raise ScoreError("An interval over utterances needs at least two of them.")
    if count > CLUSTERS:
        numbers, count = random.integers(CLUSTERS, size=count)[numbers], CLUSTERS
    bins = _bins(scores, weights)
    tables = []
    for label in (1, 0):
        is_class = labels == label
        place = numbers[is_class] * BINS + bins[is_class]
        table = np.bincount(place, weights[is_class], count * BINS)
        tables.append(table.reshape(count, BINS).astype(np.float32))
    estimates = []
    for first in range(0, resamples, CHUNK):
        size = min(CHUNK, resamples - first)
        drawn = random.multinomial(count, np.full(count, 1 / count), size).astype(np.float32)
        bonafide, spoof = (drawn @ table for table in tables)
        has_both = (bonafide.sum(1) > 0) & (spoof.sum(1) > 0)
        estimates.append(_crossings(*_paths(bonafide[has_both], spoof[has_both])))
    return percentiles(np.concatenate(estimates), 0.95)


def _bins(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return int64 (parts,): the bin of each score; equal scores share one."""
    distinct, places = np.unique(scores, return_inverse=True)
    total = np.cumsum(np.bincount(places, weights, len(distinct)))
    return np.minimum((total / total[-1] * BINS).astype(np.int64), BINS - 1)[places]


def _ordered(
    scores: np.ndarray, labels: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of bona fide and of spoof, float64 (parts,) each, by rising score."""
    _check(scores, labels, weights)
    order = np.lexsort((1 - labels.astype(np.int64), scores))
    weights, is_bonafide = weights[order].astype(np.float64), labels[order] == 1
    return np.where(is_bonafide, weights, 0), np.where(is_bonafide, 0, weights)


def _paths(bonafide: np.ndarray, spoof: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return FRR and FAR after rejecting more and more, (rows, parts + 1) each."""
    shares = []
    for weights in (bonafide, spoof):
        total = np.cumsum(weights, axis=1, dtype=np.float64)
        shares.append(np.pad(total / total[:, -1:], ((0, 0), (1, 0))))
    return shares[0], 1 - shares[1]


def _crossings(frr: np.ndarray, far: np.ndarray) -> np.ndarray:
    """Return float64 (rows,): the value where FRR and FAR meet on straight lines."""
    gap = frr - far  # rises from -1 to 1
    after = np.argmax(gap >= 0, axis=1)
    rows = np.arange(len(gap))
    low, high = gap[rows, after - 1], gap[rows, after]
    share = -low / (high - low)
    return frr[rows, after - 1] + share * (frr[rows, after] - frr[rows, after - 1])


def _check(scores: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> None:
    if not (np.isfinite(scores).all() and np.isfinite(weights).all() and (weights > 0).all()):
        raise ScoreError("Scores and weights must be finite, and weights positive.")
    for label, word in ((1, "bona fide"), (0, "spoof")):
        if not (labels == label).any():
            raise ScoreError(f"There is no {word} part; this metric needs parts of both classes.")
