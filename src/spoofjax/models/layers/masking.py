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
