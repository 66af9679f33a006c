"""The loss of localisation: which parts of an utterance are spoofed, beside its own label."""

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
class Localisation(Loss):
    """A classification loss of utterances plus the cross-entropy of each step of time.

    The network gets a layer that scores its steps: the frames that it pools into one vector. Their
    duration follows from the hop of the front end and the strides of the network. A step is spoof
    if any part of it is, as in PartialSpoof (Zhang et al., 2021). Steps of padding cost nothing.
    The score of the utterance is that of the classification loss.
    """

    classification: Loss = field(default_factory=BinaryCrossEntropy)
    weight: float = 1.0
    """Weight of the mean cross-entropy of an utterance's steps; that of the classification is 1."""

    def __post_init__(self) -> None:
        if not self.weight > 0:
            raise ConfigError(f"Localisation: weight={self.weight} must be positive.")

    @property
    def log_prior_shift(self) -> float:
        """That of the classification loss, which trains the score of the utterance."""
        return self.classification.log_prior_shift

    @property
    def compares_utterances(self) -> bool:
        """Whether the classification loss does."""
        return self.classification.compares_utterances

    def prepare(self, network: Network, rngs: nnx.Rngs) -> None:
        """Give the network what the classification loss needs, and a layer that scores steps."""
        self.classification.prepare(network, rngs)
        network.add_step_head(rngs)

    def __call__(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): the classification loss."""
        return self.classification(output, labels)

    def of_steps(self, output: Output, labels: jax.Array) -> jax.Array:
        """Return float32 (batch,): the weighted mean cross-entropy of each utterance's steps.

        `labels` int8 (batch, steps) may hold one step more than output.step_logits, where the last
        one is incomplete.
        """
        import jax.numpy as jnp

        logits = output.step_logits
        assert logits is not None
        labels = labels[:, : logits.shape[1]]
        loss = jnp.logaddexp(0.0, logits) - (labels == 1) * logits
        is_labelled = labels >= 0
        if output.step_lengths is not None:
            is_labelled &= jnp.arange(logits.shape[1]) < output.step_lengths[:, None]
        count = jnp.maximum(is_labelled.sum(1), 1)
        return self.weight * jnp.where(is_labelled, loss, 0.0).sum(1) / count
