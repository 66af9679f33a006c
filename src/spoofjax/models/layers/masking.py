"""Masks of the valid frames of a padded batch."""

from __future__ import annotations

import jax
import jax.numpy as jnp


def valid(lengths: jax.Array | None, frames: int) -> jax.Array | None:
    """Return bool (batch, frames), true before each length; None where all frames are valid."""
    if lengths is None:
        return None
    return jnp.arange(frames) < lengths[:, None]


def along(mask: jax.Array, x: jax.Array) -> jax.Array:
    """Return the mask (batch, frames) with axes of size one appended to broadcast against `x`."""
    return mask.reshape(*mask.shape, *(1,) * (x.ndim - 2))


def zero_padding(x: jax.Array, mask: jax.Array | None) -> jax.Array:
    """Set the padded frames of (batch, frames, ...) to zero, like the padding of a convolution."""
    return x if mask is None else jnp.where(along(mask, x), x, 0)


def pooled(lengths: jax.Array | None, size: int) -> jax.Array | None:
    """Return the lengths after a max-pool over `size` frames; an incomplete window is dropped.

    An utterance shorter than one window still has one frame, so that every utterance gets a score.
    """
    return None if lengths is None else jnp.maximum(lengths // size, 1)


def stacked(
    x: jax.Array, lengths: jax.Array | None, size: int
) -> tuple[jax.Array, jax.Array | None]:
    """Join every `size` neighbouring frames of (batch, frames, width) into one; return lengths too.

    The result is (batch, frames // size, size * width). Padded frames become zeros, because an
    utterance shorter than one stack still counts as one.
    """
    steps = x.shape[1] // size
    x = zero_padding(x, valid(lengths, x.shape[1]))
    return x[:, : steps * size].reshape(x.shape[0], steps, -1), pooled(lengths, size)
