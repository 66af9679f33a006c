"""Self-attention over frames, fused where the device can, and WavLM's relative position bias."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.models.layers import valid

LARGEST_FUSED_HEAD = 128


def can_fuse(dtype: str, head: int) -> bool:
    """Return whether cuDNN's fused attention can compute heads of this size on this device."""
    is_supported = dtype == "bfloat16" and head % 8 == 0 and head <= LARGEST_FUSED_HEAD
    return is_supported and jax.default_backend() in ("gpu", "cuda")


def fused_attention(
    query: jax.Array, key: jax.Array, value: jax.Array, lengths: jax.Array | None
) -> jax.Array:
    """Attend by cuDNN; arguments and result as for `attention`, without bias or dropout.

    The number of frames must be even, which cuDNN demands in training.
    """
    return jax.nn.dot_product_attention(
        query, key, value, key_value_seq_lengths=lengths, implementation="cudnn"
    )


def attention(
    query: jax.Array,
    key: jax.Array,
    value: jax.Array,
    lengths: jax.Array | None,
    bias: jax.Array | None = None,
    keep: jax.Array | None = None,
) -> jax.Array:
    """Return softmax(query key / sqrt(head size) + bias) value, (batch, frames, heads, head size).

    Query, key and value have the shape of the result; keys from `lengths` on get no weight. `bias`
    is (batch, heads, frames, frames) and `keep` the factors of attention dropout, of the same
    shape. Logits and softmax are float32.
    """
    logits = jnp.einsum("bqhd,bkhd->bhqk", query, key, preferred_element_type=jnp.float32)
    logits = logits * (1 / math.sqrt(query.shape[-1]))
    if bias is not None:
        logits = logits + bias
    mask = valid(lengths, key.shape[1])
    if mask is not None:
        logits = jnp.where(mask[:, None, None], logits, jnp.finfo(jnp.float32).min)
    weights = jax.nn.softmax(logits, axis=-1)
    if keep is not None:
        weights = weights * keep
    return jnp.einsum("bhqk,bkhd->bqhd", weights.astype(value.dtype), value)


def buckets_of(frames: int, buckets: int, farthest: int) -> np.ndarray:
    """Return int32 (frames, frames): the bucket of each pair of query and key frame.

    Half of the buckets are for keys after the query. In each half, one half are for near distances,
    one each, and the others grow with the logarithm of the distance up to `farthest` (Chen et al.,
    2022, section 4.1, after T5).
    """
    half = buckets // 2
    near = half // 2
    distance = np.arange(frames)[None] - np.arange(frames)[:, None]
    size = np.abs(distance)
    # float32 throughout, because the logarithm is cut to an integer.
    growth = np.log(np.maximum(size, 1).astype(np.float32) / np.float32(near))
    growth = growth / np.float32(math.log(farthest / near)) * np.float32(half - near)
    far = np.minimum(near + growth.astype(np.int32), half - 1)
    return (np.where(size < near, size, far) + np.where(distance > 0, half, 0)).astype(np.int32)


def gate_of(x: jax.Array, kernel: jax.Array, bias: jax.Array, constant: jax.Array) -> jax.Array:
    """Return float32 (batch, heads, frames): the factor of the position bias in each query row.

    `x` is the input of the attention, float32 (batch, frames, width), `kernel` (head size, 8),
    `bias` (8,) and `constant` (heads,); Chen et al. (2022), equations 3 to 6.
    """
    split = x.reshape(*x.shape[:2], constant.shape[0], -1)
    sums = (split @ kernel + bias).reshape(*split.shape[:3], 2, 4).sum(-1)
    update, reset = jnp.moveaxis(jax.nn.sigmoid(sums), -1, 0)
    gate = update * (reset * constant - 1) + 2
    return gate.transpose(0, 2, 1)
