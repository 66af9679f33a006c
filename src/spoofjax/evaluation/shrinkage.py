"""A covariance that can be inverted, however few the utterances are."""

from __future__ import annotations

import numpy as np


def shrunk_covariance(standardised: np.ndarray) -> np.ndarray:
    """Return float64 (numbers, numbers): the covariance, shrunk towards the identity.

    `standardised` is float64 (utterances, numbers), each number of mean 0 and deviation 1. The
    weight of the identity is that of Ledoit and Wolf (2004, "A well-conditioned estimator for
    large-dimensional covariance matrices").
    """
    covariance = standardised.T @ standardised / len(standardised)
    identity, weight = np.eye(len(covariance)), _weight(standardised, covariance)
    return (1 - weight) * covariance + weight * identity


def _weight(standardised: np.ndarray, covariance: np.ndarray) -> float:
    """Return the weight of the identity, 0 to 1."""
    count = len(standardised)
    distance = np.sum((covariance - np.eye(len(covariance))) ** 2)
    squares = np.sum((standardised**2).T @ standardised**2) / count
    error = (squares - np.sum(covariance**2)) / count
    return float(np.clip(error / distance, 0, 1)) if distance > 0 else 1.0
