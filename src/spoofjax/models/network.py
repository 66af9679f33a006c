"""The base of all networks: standardization, layers of the architecture, dropout and a head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.layers import Dense, Dropout, Standardize
from spoofjax.models.output import Output


class Network(nnx.Module):
    """Standardize the input, embed each utterance as one vector, and score the vector.

    A subclass defines `add_layers` and `embed`. Override `add_head` and `judge` as well for a
    network with several heads, or with dropout in another place.
    """

    embedding_width: int | None = None
    """Width of the embedding; None where a network makes its layers without `add_layers`."""
    replaced_head: nnx.Module | None = None
    """What `replace_head` was given, or None."""

    def __init__(self, config: Any, coefficients: int, rngs: nnx.Rngs):
        """Create the layers that `config`, a `Classifier`, describes. Raises ConfigError."""
        self.standardize = Standardize(coefficients) if config.standardizes else None
        width = self.add_layers(config, coefficients, rngs)
        self.dropout = Dropout(config.dropout)
        self.add_head(width, rngs)
        self.embedding_width = width
        self._refuse_random_state()

    def add_layers(self, config: Any, coefficients: int, rngs: nnx.Rngs) -> int:
        """Create the layers that `embed` uses; return the width of the embedding."""
        raise NotImplementedError

    def embed(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> jax.Array:
        """Map standardized (batch, frames, coefficients) to (batch, width).

        Frames from `lengths` on are padding. `key` is for dropout inside the layers, which most
        networks do not have.
        """
        raise NotImplementedError

    def add_head(self, width: int, rngs: nnx.Rngs) -> None:
        """Create the layers that `judge` uses, for embeddings of this width."""
        self.head = Dense(width, 1, rngs)

    def judge(self, embedding: jax.Array, *, train: bool, key: jax.Array | None) -> Output:
        """Map the embedding (batch, width) to the output."""
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding.astype(jnp.float32))

    def replace_head(self, make: Callable[[int], nnx.Module]) -> None:
        """Let another module judge embeddings, in the place of the layers of `add_head`.

        `make` returns it for the width of the embedding. It maps (batch, width) to an Output.
        Override this for a network whose head has further layers, to remove those as well. Raises
        ConfigError where the network does not use the head of this class.
        """
        if self.embedding_width is None:
            raise ConfigError(
                f"A loss with class vectors cannot replace the last layer of {type(self).__name__}."
                " Use loss=CrossEntropy() or BinaryCrossEntropy()."
            )
        del self.head
        self.replaced_head = make(self.embedding_width)

    def set_statistics(self, mean: np.ndarray, deviation: np.ndarray) -> None:
        """Set the statistics of the training features, each float32 (coefficients,)."""
        if self.standardize is not None:
            self.standardize.set(mean, deviation)

    def learn(
        self, features: np.ndarray, lengths: np.ndarray, labels: np.ndarray, seed: int
    ) -> None:
        """Set constants, such as codebooks, from training features before step 1.

        `features` is float32 (utterances, frames, coefficients), `lengths` int32 (utterances,)
        valid frames, `labels` int32 (utterances,). They are those of as many batches as the
        model's `examples` says, and statistics are set before. Most networks learn nothing here.
        """

    def _refuse_random_state(self) -> None:
        """Raise ConfigError where a layer holds a random state of its own.

        A step must be a function of its key, and a checkpoint holds only arrays of numbers.
        """
        for path, _ in nnx.to_flat_state(nnx.state(self, nnx.RngState)):
            name = "/".join(map(str, path))
            raise ConfigError(
                f"{type(self).__name__} holds random state in {name}. Use "
                "spoofjax.models.layers.Dropout, and nnx.RNN with rngs=False and an initial carry."
            )

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
    ) -> Output:
        """Score (batch, frames, coefficients); raises ConfigError for too few frames."""
        if self.standardize is not None:
            x = self.standardize(x)
        embedding = self.embed(x, lengths, train=train, key=key)
        if self.replaced_head is None:
            return self.judge(embedding, train=train, key=key)
        output: Output = self.replaced_head(self.dropout(embedding, train=train, key=key))
        return output._replace(embedding=embedding.astype(jnp.float32))
