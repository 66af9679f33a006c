"""The second head of a network that traces attacks, see tracing.py."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.config import Experiment
from spoofjax.errors import ConfigError
from spoofjax.models.layers import Dense, Dropout, numbered_key
from spoofjax.models.output import Output

DROPOUT = 0x74726163
"""Number of the dropout's key, so that its masks are not those of the network."""


ATTACK_HEAD = "attack_head"
"""Where a network has the head, and so the beginning of the names of its arrays."""


class AttackHead(nnx.Module):
    """Dropout and a dense layer from the embedding to a logit for each attack."""

    def __init__(self, width: int, attacks: int, dropout: float, rngs: nnx.Rngs):
        self.dropout = Dropout(dropout)
        self.dense = Dense(width, attacks, rngs)

    def __call__(
        self, embedding: jax.Array, *, train: bool = False, key: jax.Array | None = None
    ) -> jax.Array:
        """Map float32 (batch, width) to logits (batch, attacks)."""
        return self.dense(self.dropout(embedding, train=train, key=numbered_key(key, DROPOUT)))


def add_attack_head(network: Any, experiment: Experiment, rngs: nnx.Rngs) -> None:
    """Give a network a head for the attacks of `experiment.tracing`.

    Raises ConfigError for a network that returns no embedding.
    """
    tracing, front_end = experiment.tracing, experiment.front_end
    frames = front_end.frames(experiment.clip.evaluate)
    features = jax.ShapeDtypeStruct((1, frames, front_end.coefficients), np.float32)
    # Only the shape of the embedding is needed, so nothing is computed.
    embedding = jax.eval_shape(lambda x: network(x, None).embedding, features)
    if embedding is None:
        raise ConfigError(
            f"{type(experiment.model).__name__} returns no embedding, from which attacks could be "
            "traced. Choose another model, or leave tracing.weight at 0."
        )
    network.attack_head = AttackHead(
        embedding.shape[-1], len(tracing.attacks), tracing.dropout, rngs
    )


def with_attacks(network: Any, output: Output, **options: Any) -> Output:
    """Return the output with the logits of the attacks, where the network has a head for them.

    `options` are `train` and `key`, as for the network.
    """
    head = getattr(network, ATTACK_HEAD, None)
    if head is None:
        return output
    logits = head(output.embedding, **options)
    return output._replace(attack_logits=logits.astype(jnp.float32))
