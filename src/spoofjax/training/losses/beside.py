"""The base of losses that stand beside a classification loss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spoofjax.config import Loss
from spoofjax.training.losses.cross_entropy import BinaryCrossEntropy

if TYPE_CHECKING:
    from flax import nnx

    from spoofjax.models.network import Network


@dataclass(frozen=True)
class BesideClassification(Loss):
    """A classification loss, which trains the score, plus another one that compares utterances."""

    classification: Loss = field(default_factory=BinaryCrossEntropy)
    weight: float = 0.5
    """Weight of the other loss; the classification loss has the weight 1."""

    @property
    def compares_utterances(self) -> bool:
        """True: the loss of an utterance depends on the others."""
        return True

    @property
    def log_prior_shift(self) -> float:
        """That of the classification loss: the other one treats both classes alike."""
        return self.classification.log_prior_shift

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network what the classification loss needs."""
        self.classification.prepare(network, rngs)
