"""MLP: dense layers on one vector of an utterance; without hidden layers, logistic regression."""

from __future__ import annotations

from dataclasses import dataclass

from spoofjax.errors import ConfigError
from spoofjax.models.classifier import Classifier, check_positive


@dataclass(frozen=True)
class MLP(Classifier):
    """Dense layers on embeddings that were computed before (front end `Embeddings`).

    Embeddings of frames are averaged over the valid frames. The input is standardized by the mean
    and deviation of each value in the training split.
    """

    hidden: tuple[int, ...] = (128,)
    """Width of each hidden layer, which ends in ReLU; () is logistic regression."""
    layers: int | None = None
    """Number of layers in the embeddings: the input is their sum, weighted by learned weights (a
    softmax). None takes the values of all layers as one vector."""
    input_dropout: float = 0.0
    """Rate of the dropout of the standardized input."""

    def check(self, coefficients: int) -> None:
        """Raise ConfigError where the fields contradict each other or the front end."""
        if self.hidden:
            check_positive(self, "hidden")
        if not 0 <= self.input_dropout < 1:
            raise ConfigError(
                f"model.input_dropout of MLP must be at least 0 and below 1, "
                f"not {self.input_dropout}."
            )
        if self.layers is not None and (self.layers < 1 or coefficients % self.layers):
            raise ConfigError(
                f"model.layers of MLP is {self.layers}, which does not divide the {coefficients} "
                "values of a frame. Set it to the front end's layers."
            )

    def network(self):
        """Return the network class."""
        from spoofjax.models.networks.mlp import MLPNetwork

        return MLPNetwork
