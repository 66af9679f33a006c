"""The five metrics as a user of numpy writes them, and their standard errors by scipy."""

from __future__ import annotations

from typing import Any

import numpy as np
from bench.peers import metrics_literal as literal
from scipy import stats


def by_numpy(bonafide: np.ndarray, spoof: np.ndarray) -> dict[str, Any]:
    """Return EER, minDCF, actDCF, Cllr and AUC from one sorted array, without a Python loop."""
    frr, far, _ = literal.det_curve(bonafide, spoof)
    closest = np.argmin(np.abs(frr - far))
    return {
        "eer": (frr[closest] + far[closest]) / 2,
        "min_dcf": np.min(0.95 * frr + 0.5 * far) / 0.5,
        "act_dcf": literal.act_dcf(bonafide, spoof),
        "cllr": literal.cllr(bonafide, spoof),
        "auc": float(np.sum(-np.diff(far) * (1 - frr[1:]))),
    }


def standard_errors_by_scipy(bonafide: np.ndarray, spoof: np.ndarray, resamples: int) -> np.ndarray:
    """Return the five standard errors, each divided by its metric, float64 (5,)."""

    def statistic(bonafide: np.ndarray, spoof: np.ndarray) -> np.ndarray:
        return np.array(list(by_numpy(bonafide, spoof).values()))

    generator = np.random.default_rng(0)
    result = stats.bootstrap(
        (bonafide, spoof), statistic, n_resamples=resamples, vectorized=False,
        method="percentile", rng=generator,
    )  # fmt: skip
    return result.standard_error / statistic(bonafide, spoof)
