"""What every model returns."""

from __future__ import annotations

from typing import Any, NamedTuple


class Output(NamedTuple):
    """A model's answer for a batch; only the score is always there."""

    score: Any
    """(batch,): logit, higher = more bona fide."""
    embedding: Any = None
    """(batch, dimensions): what the last layer sees."""
    attack_logits: Any = None
    """(batch, attacks): which attack it might be."""
    frame_logits: Any = None
    """(batch, frames): the logit of each frame."""
