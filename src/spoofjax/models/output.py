"""The output of every model, and what one with steps of time computes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jax


class Steps(NamedTuple):
    """What an architecture makes of utterances: steps of time, and a vector pooled from them."""

    embedding: jax.Array
    """(batch, width): the pooled vector."""
    values: jax.Array
    """(batch, steps, step width): what was pooled."""
    lengths: jax.Array | None
    """int32 (batch,): valid steps of each utterance; None where all steps are valid."""


class Output(NamedTuple):
    """The output of a model for a batch; a loss uses the fields that it needs."""

    score: jax.Array
    """float32 (batch,): the logit; higher = more bona fide."""
    embedding: jax.Array | None = None
    """float32 (batch, size): the input of the last dense layer."""
    attack_logits: jax.Array | None = None
    """float32 (batch, attacks): a logit for each attack; None for models without such a head."""
    step_logits: jax.Array | None = None
    """float32 (batch, steps): a logit for each step of time, higher = more bona fide; None for
    models without a head for them, see `Network.add_step_head`."""
    logits: jax.Array | None = None
    """float32 (batch, 2): what the last layer gives spoof and bona fide, in this order; None for
    models with one output."""
    step_lengths: jax.Array | None = None
    """int32 (batch,): valid steps of each utterance; None where all steps are valid."""

    members: tuple[Output, ...] = ()
    """The outputs of the members of an ensemble."""

    @property
    def log_odds(self) -> jax.Array:
        """float32 (batch,): what a loss trains. It is the difference of two logits, or the score.

        A model may score by the logit of bona fide alone, but it learns from both.
        """
        return self.score if self.logits is None else self.logits[:, 1] - self.logits[:, 0]
