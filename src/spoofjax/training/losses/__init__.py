"""Losses: one float32 per utterance from the output of a model. 1 is bona fide, 0 is spoof.

Importing this imports neither jax nor flax. docs/losses.md describes each of them.
"""

from spoofjax.training.losses.contrastive import SupervisedContrastive
from spoofjax.training.losses.cosine import AMSoftmax, OCSoftmax, P2SGrad
from spoofjax.training.losses.cross_entropy import BinaryCrossEntropy, CrossEntropy, Focal
from spoofjax.training.losses.likelihood import BonafideLikelihood
from spoofjax.training.losses.localisation import Localisation
from spoofjax.training.losses.ranking import PairRanking

__all__ = [
    "AMSoftmax",
    "BinaryCrossEntropy",
    "BonafideLikelihood",
    "CrossEntropy",
    "Focal",
    "Localisation",
    "OCSoftmax",
    "P2SGrad",
    "PairRanking",
    "SupervisedContrastive",
]
