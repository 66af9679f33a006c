"""The base of all networks: standardization, layers of the architecture, dropout and a head."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from spoofjax.errors import ConfigError
from spoofjax.models.channels import Along, Channels
from spoofjax.models.layers import Dense, Dropout, Standardize, numbered_key
from spoofjax.models.layers.cosine import CosineHead
from spoofjax.models.output import Output, Steps

STEPS = 0x73746570
"""Folded into a key for the dropout of steps, so that its draws are not those of the embedding."""


class Network(nnx.Module):
    """Standardize the input, embed each utterance as one vector, and score the vector.

    A subclass defines `add_layers` and `embed`. One that pools steps of time defines `embed_steps`
    in the place of `embed`, and sets `step_frames` and `step_width`, so that its steps can be
    scored too. Override `add_head` and `judge` as well for a network with several heads, or with
    dropout in another place.
    """

    embedding_width: int | None = None
    """Width of the embedding; None where a network makes its layers without `add_layers`."""
    replaced_head: nnx.Module | None = None
    """What `replace_head` was given, or None."""
    step_frames: int | None = None
    """Frames of the input that one step of `embed_steps` stands for; None where there are none."""
    step_width: int = 0
    """Width of a step."""
    step_head: Dense | None = None
    """What `add_step_head` has created, or None."""
    attack_head: nnx.Module | None = None
    """What tells attacks apart, see attacks.py; None where a run traces none."""

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
        return self.embed_steps(x, lengths, train=train, key=key).embedding

    def embed_steps(
        self, x: jax.Array, lengths: jax.Array | None, *, train: bool, key: jax.Array | None
    ) -> Steps:
        """Map standardized (batch, frames, coefficients) to steps and the vector pooled from them.

        Step j stands for the frames from j * step_frames on. The other arguments are those of
        `embed`.
        """
        raise NotImplementedError

    def add_head(self, width: int, rngs: nnx.Rngs) -> None:
        """Create the layers that `judge` uses, for embeddings of this width."""
        self.head = Dense(width, 1, rngs)

    def judge(self, embedding: jax.Array, *, train: bool, key: jax.Array | None) -> Output:
        """Map the embedding (batch, width) to the output."""
        score = self.head(self.dropout(embedding, train=train, key=key))[:, 0]
        return Output(score, embedding.astype(jnp.float32))

    def add_step_head(self, rngs: nnx.Rngs) -> None:
        """Create the layer that scores each step.

        Raises ConfigError for a network that does not define `embed_steps`.
        """
        if self.step_frames is None:
            raise ConfigError(
                f"{type(self).__name__} has no steps of time that could be scored. Localisation "
                "works with CNN, CNN2D, CNNLSTM, CNN2DLSTM, LSTM, LCNN, Conformer, SEResNet, "
                "SERes2Net and SelfSupervised."
            )
        self.step_head = Dense(self.step_width, 1, rngs)

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

    def removable_channels(self) -> list[Channels]:
        """Return the channels that can be removed; by default there are none.

        A subclass whose configuration states the widths of its layers overrides this. Raises
        ConfigError for an unknown head.
        """
        return []

    def embedding_readers(self, silence: tuple[float, ...] = ()) -> tuple[Along, ...]:
        """Return the weights that read the embedding. Raises ConfigError for an unknown head.

        `silence` is what the embedding has of a channel that is zero, see `Along`.
        """
        readers = [Along("head/kernel", 0, silence, "head/bias")]
        if isinstance(self.replaced_head, CosineHead):
            readers = [Along("replaced_head/vectors", 1)]  # it has no bias
        elif self.replaced_head is not None:
            raise ConfigError(
                f"The channels before a head of the class {type(self.replaced_head).__name__}, "
                "which the loss brings, cannot be removed. Train with a loss of spoofjax."
            )
        if self.attack_head is not None:
            readers.append(Along("attack_head/dense/kernel", 0, silence, "attack_head/dense/bias"))
        return tuple(readers)

    def step_readers(self) -> tuple[Along, ...]:
        """Return the weights that read the steps of `embed_steps`."""
        return () if self.step_head is None else (Along("step_head/kernel", 0),)

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
        if self.step_head is None:
            return self._judged(self.embed(x, lengths, train=train, key=key), train, key)
        steps = self.embed_steps(x, lengths, train=train, key=key)
        dropped = self.dropout(steps.values, train=train, key=numbered_key(key, STEPS))
        logits = self.step_head(dropped)[..., 0].astype(jnp.float32)
        output = self._judged(steps.embedding, train, key)
        return output._replace(step_logits=logits, step_lengths=steps.lengths)

    def _judged(self, embedding: jax.Array, train: bool, key: jax.Array | None) -> Output:
        """Return the output for an embedding, by the head that is in use."""
        if self.replaced_head is None:
            return self.judge(embedding, train=train, key=key)
        output: Output = self.replaced_head(self.dropout(embedding, train=train, key=key))
        return output._replace(embedding=embedding.astype(jnp.float32))
