"""The preparation of clips inside a graph; audio.clips has the same for arrays of the host."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from spoofjax.audio.clips import most_samples
from spoofjax.config import Clip

SILENCE = 1e-9
"""An RMS up to this counts as silence, which no gain changes."""


def clips_in_graph(
    waveforms: jax.Array, lengths: jax.Array, clip: Clip
) -> tuple[jax.Array, jax.Array]:
    """Return float32 (batch, samples) clips and int32 (batch,) valid samples of each.

    `waveforms` is float32 (batch, n) for any n of at least 1, and `lengths` int32 (batch,), the
    samples of each utterance; what follows them is not heard. A clip has the length of the longest
    one that evaluation makes.
    """
    samples = most_samples(clip)
    lengths = jnp.clip(lengths, 1, waveforms.shape[1])
    places = jnp.arange(samples, dtype=jnp.int32)[None]
    if clip.short == "tile":
        index = jax.lax.rem(*jnp.broadcast_arrays(places, lengths[:, None]))
        clips = jnp.take_along_axis(waveforms, index, axis=1, mode="promise_in_bounds")
        valid = jnp.full(lengths.shape, samples, jnp.int32)
    else:
        zeros = jnp.zeros((waveforms.shape[0], samples), jnp.float32)
        followed = jnp.concatenate([waveforms, zeros], axis=1)
        clips = jax.lax.slice_in_dim(followed, 0, samples, axis=1)
        valid = jnp.minimum(lengths, samples)
        clips = jnp.where(places < valid[:, None], clips, 0)
    if clip.level_dbfs is not None:
        clips = _levelled(clips, valid, clip.level_dbfs)
    return clips, valid


def _levelled(clips: jax.Array, valid: jax.Array, dbfs: float) -> jax.Array:
    rms = jnp.sqrt(jnp.sum(clips * clips, axis=1) / valid)
    gain = jnp.where(rms > SILENCE, 10.0 ** (dbfs / 20) / jnp.maximum(rms, SILENCE), 0)
    return clips * gain[:, None]
