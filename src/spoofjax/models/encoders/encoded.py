"""What an encoder returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jax


class Encoded(NamedTuple):
    """The hidden states of a batch; what a head does not use costs nothing under jit."""

    embedding: jax.Array
    """float32 (batch, frames, width): the input of the first layer."""
    layers: jax.Array
    """float32 (layers, batch, frames, width): the output of each layer, without the final norm."""
    last: jax.Array
    """float32 (batch, frames, width): the output of the last layer, after the final layer norm
    where the encoder has one."""
    lengths: jax.Array | None
    """int32 (batch,): valid frames of each utterance; None where all frames are valid."""
