"""The gates of an LSTM and their gradient, elementwise; every form of the recurrence uses them."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp

Gates = tuple[jax.Array, jax.Array, jax.Array, jax.Array]


def activated(pre_activations: Sequence[jax.Array]) -> Gates:
    """Return the gates i, f, g, o of their pre-activations."""
    i, f, g, o = pre_activations
    return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)


def gate_gradients(
    gates: Gates,
    c: jax.Array,
    c_before: jax.Array,
    dh: jax.Array,
    dc: jax.Array,
    is_valid: jax.Array | None,
) -> tuple[list[jax.Array], jax.Array]:
    """Return the gradients of the four pre-activations, and of the cell of the step before.

    `c` is the cell of this step, `dh` the gradient of its output, `dc` what later steps add to the
    gradient of its cell. Where `is_valid` is false, everything is zero.
    """
    i, f, g, o = gates
    squashed = jnp.tanh(c)
    dc = dc + dh * o * (1 - squashed * squashed)
    if is_valid is not None:
        dh, dc = jnp.where(is_valid, dh, 0), jnp.where(is_valid, dc, 0)
    gradients = [
        dc * g * i * (1 - i),
        dc * c_before * f * (1 - f),
        dc * i * (1 - g * g),
        dh * squashed * o * (1 - o),
    ]
    return gradients, dc * f
