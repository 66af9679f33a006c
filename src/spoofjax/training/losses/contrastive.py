"""Supervised contrastive learning: utterances of a class should resemble each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from spoofjax.config import Loss
from spoofjax.errors import ConfigError
from spoofjax.training.losses.cross_entropy import BinaryCrossEntropy

if TYPE_CHECKING:
    import jax
    from flax import nnx

    from spoofjax.models.network import Network
    from spoofjax.models.output import Output


@dataclass(frozen=True)
class SupervisedContrastive(Loss):
    """A classification loss plus a weighted contrastive loss of the embeddings in a batch.

    The contrastive loss is L_out of Khosla et al. (2020): each utterance is compared with all
    others of the batch or, with `accumulate`, of its part. One without another utterance of its
    class costs nothing. The score is that of the classification loss.
    """

    classification: Loss = field(default_factory=BinaryCrossEntropy)
    weight: float = 0.5
    """Weight of the contrastive loss; the classification loss has the weight 1."""
    temperature: float = 0.1

    @property
    def compares_utterances(self) -> bool:
        """True: the loss of an utterance depends on the others."""
        return True

    @property
    def log_prior_shift(self) -> float:
        """That of the classification loss, which trains the score."""
        return self.classification.log_prior_shift

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network what the classification loss needs."""
        self.classification.prepare(network, rngs)

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,) from output.embedding (batch, size) and the classification.

        Raises ConfigError for a model that returns no embedding.
        """
        if output.embedding is None:
            raise ConfigError("SupervisedContrastive needs a model that returns an embedding.")
        contrast = contrastive(output.embedding, labels, self.temperature)
        return self.classification(output, labels) + self.weight * contrast


def contrastive(embedding: jax.Array, labels: jax.Array, temperature: float) -> jax.Array:
    """Return float32 (batch,): minus the mean log share of an utterance's class in its neighbours.

    `embedding` is (batch, size), normalised here to length 1. A neighbour's share is the softmax of
    its cosine, divided by the temperature, over all other utterances.
    """
    import jax
    import jax.numpy as jnp

    from spoofjax.models.layers.cosine import normalised

    unit = normalised(embedding.astype(jnp.float32))
    with jax.default_matmul_precision("highest"):
        similarity = unit @ unit.T / temperature
    is_self = jnp.eye(len(unit), dtype=bool)
    # A large negative number and not -inf, whose gradient would be NaN.
    share = jax.nn.log_softmax(jnp.where(is_self, -1e9, similarity), axis=1)
    is_positive = (labels[:, None] == labels) & ~is_self
    count = is_positive.sum(1)
    return -jnp.where(is_positive, share, 0).sum(1) / jnp.maximum(count, 1)
