"""Supervised contrastive learning: utterances of a class should resemble each other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from spoofjax.errors import ConfigError
from spoofjax.training.losses.beside import BesideClassification

if TYPE_CHECKING:
    import jax

    from spoofjax.models.output import Output


@dataclass(frozen=True)
class SupervisedContrastive(BesideClassification):
    """A classification loss plus a weighted contrastive loss of the embeddings in a batch.

    The contrastive loss is L_out of Khosla et al. (2020): each utterance is compared with all
    others of the batch or, with `accumulate`, of its part. One without another utterance of its
    class costs nothing. The score is that of the classification loss.
    """

    temperature: float = 0.1

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
