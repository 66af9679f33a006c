"""Prior-weighted logistic regression, from which calibrations are fitted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from spoofjax.evaluation.metrics import softplus


def minimise_cross_entropy(
    design: np.ndarray,
    labels: np.ndarray,
    prior: float,
    base: float | np.ndarray,
    penalty: np.ndarray,
) -> np.ndarray:
    """Return (columns,) weights w of the least weighted cross-entropy, by Newton's method.

    The log odds of bona fide are design @ w + base, with `design` float64 (trials, columns) and
    `base` one number or (trials,). The bona fide trials together weigh `prior`, the spoofs the
    rest. `penalty`, (columns,), is the precision of a Gaussian prior on w around 0, divided by the
    number of trials. The cost is convex.
    """
    sign = np.where(labels == 1, -1.0, 1.0)
    share = np.where(labels == 1, prior / (labels == 1).sum(), (1 - prior) / (labels == 0).sum())

    def cost(weights: np.ndarray) -> float:
        wrong = sign * (design @ weights + base)
        return float(share @ softplus(wrong) + 0.5 * penalty @ weights**2)

    weights = np.zeros(design.shape[1])
    value = cost(weights)
    for _ in range(100):
        error = sigmoid(sign * (design @ weights + base))
        gradient = design.T @ (share * sign * error) + penalty * weights
        curvature = (design * (share * error * (1 - error))[:, None]).T @ design
        curvature += np.diag(penalty) + 1e-14 * np.eye(len(weights))
        step = np.linalg.solve(curvature, gradient)
        if gradient @ step <= 1e-13 * value:  # twice the gain of a full step
            break
        length = 1.0
        while (lower := cost(weights - length * step)) > value and length > 1e-6:
            length /= 2
        if lower > value:
            break
        weights, value = weights - length * step, lower
    return weights


def sigmoid(x: ArrayLike) -> np.ndarray:
    """Return 1 / (1 + e^-x) without overflow."""
    x = np.asarray(x, np.float64)
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, small) / (1.0 + small)
