"""Pool adjacent violators: the best monotone calibration, which is also the hull of the ROC."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from spoofjax.evaluation.ranked import Ranked


@dataclass(frozen=True)
class Hull:
    """Blocks of trials that share one optimal log-likelihood ratio, in ascending order.

    `score` float64 (blocks,) is the lowest score of each block, and `bonafide` and `spoof` int64
    (blocks,) count its trials. The borders of the blocks are the corners of the convex hull of the
    ROC.
    """

    score: np.ndarray
    bonafide: np.ndarray
    spoof: np.ndarray

    @classmethod
    def of(cls, ranked: Ranked) -> Hull:
        """Pool trials until the share of bona fide rises from block to block.

        Equal scores are in the same block (Ayer et al., 1955; Brummer and de Villiers, The BOSARIS
        toolkit, 2013).
        """
        # Imported here because it takes half a second, which the start of training saves.
        from scipy.optimize import isotonic_regression

        merged, is_bonafide = ranked.merged()
        starts = np.flatnonzero(np.concatenate([[True], merged[1:] > merged[:-1]]))
        trials = np.diff(starts, append=len(merged))
        bonafide = np.add.reduceat(is_bonafide, starts, dtype=np.int64)
        blocks = isotonic_regression(bonafide / trials, weights=trials).blocks[:-1]
        bonafide, trials = np.add.reduceat(bonafide, blocks), np.add.reduceat(trials, blocks)
        return cls(merged[starts[blocks]], bonafide, trials - bonafide)

    def llr(self) -> np.ndarray:
        """Return float64 (blocks,): the LLRs; -inf or inf for a block of only one class."""
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
        """Return the rate at which the hull crosses FRR = FAR."""
        frr, far = self.corners()
        after = int(np.argmax(frr >= far))
        x0, y0, x1, y1 = frr[after - 1], far[after - 1], frr[after], far[after]
        share = (y0 - x0) / ((y0 - x0) + (x1 - y1))
        return float(x0 + share * (x1 - x0))

    def min_cllr(self) -> float:
        """Return the Cllr of the optimally calibrated scores, in bits."""
        mixed = (self.bonafide > 0) & (self.spoof > 0)  # blocks of one class cost nothing
        llr = self.llr()[mixed]
        misses = (self.bonafide[mixed] * np.logaddexp(0, -llr)).sum() / self.bonafide.sum()
        alarms = (self.spoof[mixed] * np.logaddexp(0, llr)).sum() / self.spoof.sum()
        return float(misses + alarms) / (2 * math.log(2))
