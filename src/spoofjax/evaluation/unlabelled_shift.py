"""A calibration for another channel from clips without labels: only a shift, under assumptions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.errors import ScoreError
from spoofjax.evaluation.adaptation import SHIFT
from spoofjax.evaluation.calibration import Affine
from spoofjax.evaluation.ranked import Ranked

FEWEST = 20
"""With fewer clips the shift of their mean says more about which clips they are."""
REACH = 5.0
"""How far the shift is searched for on either side, in standard deviations before any clip."""
POINTS = 401
"""Of the coarse and of the fine grid; the fine one is spaced by 0.00025 nats."""


def shifted(
    earlier: Affine, scores: ArrayLike, dev: ArrayLike, labels: ArrayLike, share: float = 0.5
) -> Affine:
    """Return an earlier calibration less the shift that unlabelled clips show.

    `scores` (clips,) are raw scores of clips without labels; `dev` and `labels` (utterances,) are
    raw scores and labels of the split that the earlier calibration comes from. The LLRs of each
    class of dev are taken as normal. Those of the clips are taken to be of the same two classes, a
    `share` of them bona fide, all moved by one shift, which is normal around 0 with a standard
    deviation of SHIFT nats before any clip is heard. The result has the shift of greatest posterior
    probability. Nothing here can tell a shift from a share other than `share`. Raises ScoreError
    for fewer than FEWEST clips, a share outside (0, 1), and as the metrics do.
    """
    if not 0 < share < 1:
        raise ScoreError(f"The share of bona fide clips must lie between 0 and 1, not be {share}.")
    clips = np.asarray(scores, np.float64)
    if len(clips) < FEWEST:
        raise ScoreError(
            f"{len(clips)} clips without labels do not show a shift: give {FEWEST} or more, or "
            "label these."
        )
    if not np.isfinite(clips).all():
        raise ScoreError("Scores of clips must be finite.")
    ranked = Ranked.of(dev, labels)
    shift = _shift(earlier(clips), earlier(ranked.bonafide), earlier(ranked.spoof), share)
    return replace(
        earlier, offset=earlier.offset - shift, trials=(0, 0), errors=(0, 0), warnings=()
    )


def _shift(llr: np.ndarray, bonafide: np.ndarray, spoof: np.ndarray, share: float) -> float:
    """Return the likeliest shift: the best of a coarse grid, then of a fine one around it."""
    classes = [(share, bonafide), (1 - share, spoof)]
    if not min(np.std(values) for _, values in classes) > 0:
        raise ScoreError("All dev scores of a class are the same, so that no shift can be told.")

    def cost(shift: float) -> float:
        """Return the negative logarithm of the posterior density, but for a constant."""
        logs = [_log_density(llr - shift, values) + np.log(part) for part, values in classes]
        return float(0.5 * (shift / SHIFT) ** 2 - np.logaddexp(*logs).sum())

    coarse = np.linspace(-REACH * SHIFT, REACH * SHIFT, POINTS)
    step = coarse[1] - coarse[0]
    best = coarse[np.argmin([cost(shift) for shift in coarse])]
    fine = np.linspace(best - step, best + step, POINTS)
    return float(fine[np.argmin([cost(shift) for shift in fine])])


def _log_density(llr: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return the logarithm, but for a constant, of the normal density fitted to `values`."""
    spread = np.std(values)
    return -0.5 * ((llr - np.mean(values)) / spread) ** 2 - np.log(spread)
