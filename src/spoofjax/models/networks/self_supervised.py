"""The network of `SelfSupervised`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.encoders.encoded import Encoded
from spoofjax.models.layers import numbered_key
from spoofjax.models.layers.initial import constant
from spoofjax.models.network import Network
from spoofjax.models.networks.heads.states import weighted_states
from spoofjax.models.output import Output

if TYPE_CHECKING:
    from spoofjax.models.self_supervised import SelfSupervised


class SelfSupervisedNetwork(Network):
    """See `spoofjax.models.SelfSupervised`."""

    def __init__(self, config: SelfSupervised, rngs: nnx.Rngs):
        self.standardize = None
        self.scores_bonafide = config.score == "bonafide"
        self.encoder = config.encoder.build(rngs)
        self.head: Any = config.head.build(config.encoder.depth, config.encoder.width, rngs)
        self.depth = config.encoder.depth
        self.step_frames = math.prod(config.encoder.strides)
        self.step_width = config.encoder.width
        self._refuse_random_state()

    def __call__(
        self,
        x: jax.Array,
        lengths: jax.Array | None,
        *,
        train: bool = False,
        key: jax.Array | None = None,
        reference: tuple[jax.Array, jax.Array | None] | None = None,
    ) -> Output:
        """Score (batch, samples, 1); `lengths` are the valid samples of each utterance.

        `reference` has samples and lengths of another utterance of each speaker, for heads that
        compare both; a length of 0 means that there is none. Raises ConfigError for clips that are
        shorter than one frame of the encoder, or have another length than the head takes.
        """
        encoded = self._encode(x, lengths, train, numbered_key(key, 0))
        other = None
        if reference is not None:
            other = self._encode(*reference, train, numbered_key(key, 1))
            if other.lengths is not None and reference[1] is not None:
                # An encoder gives even an empty clip one frame.
                frames = jnp.where(reference[1] > 0, other.lengths, 0)
                other = other._replace(lengths=frames)
        logits, embedding = self.head(
            encoded, train=train, key=numbered_key(key, 2), reference=other
        )
        logits = logits.astype(jnp.float32)
        score = logits[:, 1] if self.scores_bonafide else logits[:, 1] - logits[:, 0]
        output = Output(score, embedding.astype(jnp.float32), logits=logits)
        if self.step_head is None:
            return output
        states = weighted_states(jax.nn.softmax(self.step_weights[...])[None], encoded)[0]
        step_logits = self.step_head(states)[..., 0].astype(jnp.float32)
        return output._replace(step_logits=step_logits, step_lengths=encoded.lengths)

    def add_step_head(self, rngs: nnx.Rngs) -> None:
        """Create the weights of the hidden states and the layer that scores each step of them."""
        super().add_step_head(rngs)
        self.step_weights = constant((self.depth + 1,), 0.0)

    def encode(self, x: jax.Array, lengths: jax.Array | None) -> Encoded:
        """Return the hidden states of (batch, samples, 1), without the head."""
        return self._encode(x, lengths, False, None)

    def _encode(self, x: jax.Array, lengths: jax.Array | None, train: bool, key: jax.Array | None):
        return self.encoder(x[..., 0], lengths, train=train, key=key)
