"""cuDNN's LSTM for training on one NVIDIA GPU, on the weights of the scan.

Not used for scoring, whose programs must run and export on any platform, nor over several
devices, where XLA cannot split it along the batch, nor in bfloat16, which its binding lacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental import rnn


def available(dtype: str) -> bool:
    """Return whether training may use cuDNN's LSTM in this process."""
    devices = jax.devices()
    return (
        dtype == "float32"
        and len(devices) == 1
        and devices[0].platform in ("gpu", "cuda")
        and "nvidia" in devices[0].device_kind.lower()
    )


def pack(weights: Sequence[tuple[jax.Array, jax.Array, jax.Array]]) -> jax.Array:
    """Return cuDNN's flat float32 weights of (kernel, recurrent, bias) per direction.

    Shapes and gate order as in recurrent.lstm. cuDNN has two biases per gate; the second is zero.
    """
    matrices = [part.T.ravel() for kernel, recurrent, _ in weights for part in (kernel, recurrent)]
    biases = [part for *_, bias in weights for part in (bias, jnp.zeros_like(bias))]
    return jnp.concatenate([*matrices, *biases])


def cudnn_lstm(
    x: jax.Array,
    weights: Sequence[tuple[jax.Array, jax.Array, jax.Array]],
    lengths: jax.Array | None,
) -> jax.Array:
    """Run one layer over float32 (batch, frames, inputs), in as many directions as `weights` has.

    Returns (batch, frames, directions x units), zero in padded frames. Needs an NVIDIA GPU.
    """
    batch, frames, inputs = x.shape
    units, directions = weights[0][1].shape[0], len(weights)
    counts = jnp.full(batch, frames) if lengths is None else jnp.clip(lengths, 1, frames)
    zero = jnp.zeros((directions, batch, units), x.dtype)
    found: Any = rnn.lstm(
        x,
        zero,
        zero,
        pack(weights),
        counts.astype(jnp.int32),
        input_size=inputs,
        hidden_size=units,
        num_layers=1,
        dropout=0.0,
        bidirectional=directions == 2,
    )
    return found[0]
