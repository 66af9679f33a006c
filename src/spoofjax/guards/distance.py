"""How far utterances lie from others, by the mean and the covariance of these."""

from __future__ import annotations

import numpy as np

from spoofjax.evaluation.shrinkage import shrunk_covariance

LEAST_DEVIATION = 1e-6
"""A number that varies less tells nothing; it is left out."""


class Distance:
    """The Mahalanobis distance from a set of utterances, per dimension.

    The covariance is that of standardised numbers, shrunk towards the identity, so that it can be
    inverted where there are fewer utterances than numbers.
    """

    def __init__(self, usual: np.ndarray):
        """`usual` float (utterances, numbers) are what distances are measured from."""
        values = np.asarray(usual, np.float64)
        deviation = values.std(axis=0)
        self._kept = np.flatnonzero(deviation > LEAST_DEVIATION)
        self._mean, self._deviation = values.mean(axis=0)[self._kept], deviation[self._kept]
        standardised = self._standardised(values)
        self._precision = np.linalg.inv(shrunk_covariance(standardised))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        """Return float64 (utterances,): about 1 for utterances like the usual ones."""
        standardised = self._standardised(np.asarray(values, np.float64))
        squares = np.einsum("ij,jk,ik->i", standardised, self._precision, standardised)
        return np.sqrt(squares / max(len(self._kept), 1))

    def _standardised(self, values: np.ndarray) -> np.ndarray:
        return (values[:, self._kept] - self._mean) / self._deviation
