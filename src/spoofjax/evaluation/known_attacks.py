"""Where the attacks of training and bona fide speech lie among the embeddings.

A spoof by an attack that was not in training lies farther from all that were, and nearer to bona
fide speech. Both are measured at once: embeddings of length 1 follow a normal distribution around
the mean of their class, and all classes share one covariance. Such distances are those of Lee et
al., "A simple unified framework for detecting out-of-distribution samples and adversarial attacks",
NeurIPS 2018; their difference from that of a background, here bona fide speech, follows Ren et al.,
"A simple fix to Mahalanobis distance for improving near-OOD detection", 2021.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from spoofjax.evaluation.shrinkage import shrunk_covariance

LEAST_DEVIATION = 1e-6
"""A coefficient of an embedding that varies less than this is taken to vary by this much."""


class KnownAttacks(NamedTuple):
    """The means of attacks and of bona fide speech, and the axes on which distances are taken."""

    attacks: np.ndarray
    """float32 (attacks, width): the mean of each attack on the axes of `whitening`."""
    bonafide: np.ndarray
    """float32 (width,): that of bona fide speech."""
    whitening: np.ndarray
    """float32 (width, width): an embedding of length 1, times this matrix, has a covariance near
    the identity within its class."""

    @classmethod
    def of(cls, embedding: np.ndarray, classes: np.ndarray) -> KnownAttacks:
        """Return those of training utterances, float (utterances, width).

        `classes` int (utterances,) says of which attack each one is, -1 for bona fide speech; of
        both there is at least one. Coefficients are standardised within the classes before the
        covariance is shrunk, so that their scales do not matter.
        """
        values = _of_length_one(embedding)
        names, members = np.unique(classes, return_inverse=True)
        means = np.stack([values[members == place].mean(axis=0) for place in range(len(names))])
        residuals = values - means[members]
        deviation = np.maximum(residuals.std(axis=0), LEAST_DEVIATION)
        precision = np.linalg.inv(shrunk_covariance(residuals / deviation))
        whitening = np.linalg.cholesky(precision) / deviation[:, None]
        bonafide, *attacks = (means @ whitening).astype(np.float32)
        return cls(np.stack(attacks), bonafide, whitening.astype(np.float32))

    def scores(self, embedding: np.ndarray) -> np.ndarray:
        """Return float64 (utterances,); a low score speaks for an attack that is not known.

        It is the natural-log likelihood ratio of the likeliest attack over bona fide speech: half
        the difference of their squared Mahalanobis distances. `embedding` is float (utterances,
        width).
        """
        whitened = _of_length_one(embedding) @ self.whitening
        from_attacks = [np.sum((whitened - mean) ** 2, axis=1) for mean in self.attacks]
        from_bonafide = np.sum((whitened - self.bonafide) ** 2, axis=1)
        return (from_bonafide - np.min(from_attacks, axis=0)) / 2

    def problem(self) -> str:
        """Return why no distance can be measured with these arrays; '' if all is well."""
        width = self.bonafide.shape
        shapes = [array.shape for array in self]
        if len(width) != 1 or shapes[0][1:] != width or shapes[2] != 2 * width:
            return f"its arrays have the shapes {', '.join(map(str, shapes))}"
        if not len(self.attacks):
            return "it has no attacks"
        if not all(np.isfinite(array).all() for array in self):
            return "it has values that are not finite"
        return ""


def _of_length_one(embedding: np.ndarray) -> np.ndarray:
    """Return float64 (utterances, width): how far it is from the origin tells attacks badly."""
    values = np.asarray(embedding, np.float64)
    lengths = np.linalg.norm(values, axis=1, keepdims=True)
    return values / np.where(lengths > 0, lengths, 1.0)
