"""Recurrent layers and pooling: one vector per utterance."""

from __future__ import annotations

from collections.abc import Sequence

import jax
from flax import nnx

from spoofjax.models.layers.masking import valid
from spoofjax.models.layers.pooling import (
    STATISTICS_OF_ZEROS,
    final_states,
    mean_over_time,
    statistics_over_time,
)
from spoofjax.models.layers.recurrent import LSTMLayer


class RecurrentSummary(nnx.Module):
    """Stacked LSTM layers and pooling over time."""

    def __init__(
        self,
        inputs: int,
        units: Sequence[int],
        rngs: nnx.Rngs,
        *,
        bidirectional: bool,
        pooling: str,
        dtype: str,
        form: str = "auto",
    ):
        """`units` has one number for each layer; `pooling` is "mean", "statistics" or "last".

        `form` is that of LSTMLayer.
        """
        widths = (inputs, *(n * (2 if bidirectional else 1) for n in units))
        self.layers = nnx.List(
            LSTMLayer(width, n, rngs, bidirectional=bidirectional, dtype=dtype, form=form)
            for width, n in zip(widths, units, strict=False)
        )
        self.pooling = pooling
        self.bidirectional = bidirectional
        self.step_width = widths[-1]
        self.width = widths[-1] * (2 if pooling == "statistics" else 1)

    @property
    def of_zeros(self) -> tuple[float, ...]:
        """What `pool` gives for a state that is always zero, by section; () where it is zero."""
        return STATISTICS_OF_ZEROS if self.pooling == "statistics" else ()

    def __call__(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """Map (batch, frames, inputs) to float32 (batch, width)."""
        return self.pool(self.states(x, lengths), lengths)

    def states(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """Map (batch, frames, inputs) to the states of the last layer (batch, frames, step_width).

        Both directions of a bidirectional layer are in `step_width`.
        """
        for layer in self.layers:
            x = layer(x, lengths)
        return x

    def pool(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """Map the states (batch, frames, step_width) to float32 (batch, width)."""
        if self.pooling == "last":
            return final_states(x, lengths, self.bidirectional)
        mask = valid(lengths, x.shape[1])
        return (mean_over_time if self.pooling == "mean" else statistics_over_time)(x, mask)
