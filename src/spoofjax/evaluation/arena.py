"""The EER as the Speech Anti-Spoofing Arena defines it."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.evaluation.ranked import Ranked


def arena_eer(bonafide: ArrayLike, spoof: ArrayLike) -> float:
    """Return the EER of the arena's package speech-spoof-bench, as a fraction.

    Equal scores are one step, a trial is accepted at score >= threshold, and the EER is
    interpolated between the last step with FAR above FRR and the next one. It differs from that of
    ASVspoof by less than a step. Where FAR never crosses FRR, the mean of both is taken where they
    are closest. Raises ScoreError as the other metrics do.
    """
    ranked = Ranked(np.asarray(bonafide), np.asarray(spoof))
    thresholds = np.unique(np.concatenate([ranked.bonafide, ranked.spoof]))
    frr = np.searchsorted(ranked.bonafide, thresholds) / len(ranked.bonafide)
    far = 1 - np.searchsorted(ranked.spoof, thresholds) / len(ranked.spoof)
    gap = far - frr
    crossings = np.flatnonzero(np.diff(np.sign(gap)))
    if not len(crossings):
        closest = int(np.argmin(np.abs(gap)))
        return float(far[closest] + frr[closest]) / 2
    before, after = crossings[0], crossings[0] + 1
    share = gap[before] / (gap[before] - gap[after])
    ends = [(rates[before], rates[after]) for rates in (far, frr)]
    return float(sum(start + share * (end - start) for start, end in ends)) / 2
