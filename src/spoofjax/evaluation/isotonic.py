"""Pool adjacent violators: the best monotone calibration, and with it the hull of the ROC."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.evaluation.ranked import Ranked

PASSES = 60
"""Of `pool` over all blocks; scores of systems need some twenty."""


def pool(
    score: np.ndarray, bonafide: np.ndarray, spoof: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pool neighbouring blocks, int64 counts each, until the share of bona fide grows.

    As the greatest convex minorant of the counts' running sums, exact in integers: a corner that
    lies on or above the line between its neighbours is none of the minorant's, so all such go at
    once, again and again.
    """
    for _ in range(PASSES):
        grows = bonafide[:-1] * spoof[1:] < bonafide[1:] * spoof[:-1]
        if grows.all():
            return score, bonafide, spoof
        first = np.flatnonzero(np.concatenate([[True], grows]))
        score = score[first]
        bonafide, spoof = np.add.reduceat(bonafide, first), np.add.reduceat(spoof, first)
    # Long cascades are made to order; importing this takes longer than all passes else.
    from scipy.optimize import isotonic_regression

    total = bonafide + spoof
    blocks = isotonic_regression(bonafide / total, weights=total).blocks[:-1]
    return score[blocks], np.add.reduceat(bonafide, blocks), np.add.reduceat(spoof, blocks)


@dataclass(frozen=True)
class Hull:
    """Blocks of trials that share one optimal log-likelihood ratio, in ascending order.

    `score` float64 (blocks,) is the lowest score of each block; `bonafide` and `spoof` int64
    (blocks,) count its trials. The blocks' borders are the corners of the ROC's convex hull.
    """

    score: np.ndarray
    bonafide: np.ndarray
    spoof: np.ndarray

    @classmethod
    def of(cls, ranked: Ranked) -> Hull:
        """Pool trials until the share of bona fide grows from block to block; ties stay together.

        Ayer et al., 1955; Brummer and de Villiers, The BOSARIS toolkit, 2013.
        """
        merged, is_bonafide = ranked.merged()
        first = np.flatnonzero(np.concatenate([[True], merged[1:] > merged[:-1]]))
        edges = np.append(first, len(merged))
        bonafide = np.diff(np.concatenate([[0], np.cumsum(is_bonafide)])[edges])
        return cls(*pool(merged[first], bonafide, np.diff(edges) - bonafide))

    def llr(self) -> np.ndarray:
        """Return float64 (blocks,): the log-likelihood ratios; -inf and inf at pure ends."""
        with np.errstate(divide="ignore"):
            bonafide = np.log(self.bonafide / self.bonafide.sum())
            spoof = np.log(self.spoof / self.spoof.sum())
        return bonafide - spoof

    def corners(self) -> tuple[np.ndarray, np.ndarray]:
        """Return FRR and FAR at the corners of the hull, float64 (blocks + 1,), from (0, 1)."""
        frr = np.concatenate([[0], np.cumsum(self.bonafide)]) / self.bonafide.sum()
        far = 1 - np.concatenate([[0], np.cumsum(self.spoof)]) / self.spoof.sum()
        return frr, far

    def eer(self) -> float:
        """Return where the hull crosses FRR = FAR."""
        frr, far = self.corners()
        after = int(np.argmax(frr >= far))
        x0, y0, x1, y1 = frr[after - 1], far[after - 1], frr[after], far[after]
        share = (y0 - x0) / ((y0 - x0) + (x1 - y1))
        return float(x0 + share * (x1 - x0))

    def min_cllr(self) -> float:
        """Return the Cllr of the optimally calibrated scores, in bits."""
        mixed = (self.bonafide > 0) & (self.spoof > 0)  # pure blocks cost nothing
        llr = self.llr()[mixed]
        misses = (self.bonafide[mixed] * np.logaddexp(0, -llr)).sum() / self.bonafide.sum()
        alarms = (self.spoof[mixed] * np.logaddexp(0, llr)).sum() / self.spoof.sum()
        return float(misses + alarms) / (2 * math.log(2))
