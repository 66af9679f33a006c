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
