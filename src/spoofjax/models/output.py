"""The output of every model."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jax


class Output(NamedTuple):
    """The output of a model for a batch; a loss uses the fields that it needs."""

    score: jax.Array
    """float32 (batch,): the logit; higher = more bona fide."""
    embedding: jax.Array | None = None
    """float32 (batch, size): the input of the last dense layer."""
    attack_logits: jax.Array | None = None
    """float32 (batch, attacks): a logit for each attack; None for models without such a head."""
    frame_logits: jax.Array | None = None
    """float32 (batch, frames): a logit for each frame; None for models that do not score frames."""
    logits: jax.Array | None = None
    """float32 (batch, 2): what the last layer gives spoof and bona fide, in this order; None for
    models with one output."""

    @property
    def log_odds(self) -> jax.Array:
        """float32 (batch,): what a loss trains. It is the difference of two logits, or the score.

        A model may score by the logit of bona fide alone, but it learns from both.
        """
        return self.score if self.logits is None else self.logits[:, 1] - self.logits[:, 0]
