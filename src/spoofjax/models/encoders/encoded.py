"""The output of every encoder."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import jax


class Encoded(NamedTuple):
    """Frames of a batch of utterances, float32; a head uses the fields that it needs.

    Under jit, a field that is not used costs nothing.
    """

    embedding: jax.Array
    """(batch, frames, width): the input of the first transformer layer. This is `hidden_states[0]`
    of transformers."""
    layers: jax.Array
    """(layers, batch, frames, width): the output of each transformer layer, without the final layer
    norm. These are the `layer_results` of fairseq, and `hidden_states[1:]` of transformers 5."""
    last: jax.Array
    """(batch, frames, width): the last layer after the final layer norm, where the encoder has one.
    This is `last_hidden_state` of transformers, and `x` of fairseq."""
    lengths: jax.Array | None
    """int32 (batch,): valid frames of each utterance; None where all frames are valid."""
