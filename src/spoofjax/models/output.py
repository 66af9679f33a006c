"""What every model returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jax


class Output(NamedTuple):
    """A model's answer to a batch; losses and heads take from it what they need."""

    score: jax.Array
    """float32 (batch,): logit, higher = more bona fide."""
    embedding: jax.Array | None = None
    """float32 (batch, size): what the last dense layer sees."""
    attack_logits: jax.Array | None = None
    """float32 (batch, attacks): one logit per known attack, from models that have such a head."""
    frame_logits: jax.Array | None = None
    """float32 (batch, frames): one logit per frame, from models that judge frames."""
