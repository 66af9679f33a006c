"""How fast is an LSTM layer? Our scan beside cuDNN's LSTM."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
from jax.experimental import rnn

from bench.accelerator.session import Session, section
from bench.accelerator.workload import COEFFICIENTS
from spoofjax.models.layers.recurrent import lstm

STEPS, UNITS = 400, 128
SIZES = COEFFICIENTS, UNITS, 1
"""Inputs, units and layers, as jax.experimental.rnn takes them."""


def recurrences(session: Session) -> None:
    """Time forward and backward pass at several batch sizes."""
    section(f"LSTM layer of {UNITS}, {STEPS} steps, forward and backward")
    has_cudnn = session.device.platform in ("gpu", "cuda")
    if not has_cudnn:
        session.skip("cuDNN's LSTM", "no NVIDIA GPU")
    for batch in (4,) if session.quick else (64, 256, 1024):
        if session.has_time(f"LSTM at batch {batch}", 20):
            one_batch(session, batch, has_cudnn)


def one_batch(session: Session, batch: int, has_cudnn: bool) -> None:
    """Time the scan, and cuDNN's LSTM on the same weights where there is one."""
    key = jax.random.key(0)
    x = jax.random.normal(key, (batch, STEPS, COEFFICIENTS))
    flat = rnn.init_lstm_weight(key, *SIZES, False)
    w_in, w_back, b_in, b_back = rnn.unpack_lstm_weights(flat, *SIZES, False)
    weights = w_in[0].T, w_back[0].T, b_in[0] + b_back[0]
    hoist = not session.is_cpu

    def by_scan(weights: Any, x: jax.Array) -> jax.Array:
        time_major: Any = lstm(jnp.swapaxes(x, 0, 1), *weights, None, False, hoist)
        return jnp.swapaxes(time_major, 0, 1)

    def by_cudnn(flat: jax.Array, x: jax.Array) -> jax.Array:
        zero = jnp.zeros((1, batch, UNITS))
        lengths = jnp.full((batch,), STEPS, jnp.int32)
        outputs: Any = rnn.lstm(x, zero, zero, flat, lengths, *SIZES, 0.0, False)
        return outputs[0]

    scan = jax.jit(jax.value_and_grad(lambda w, x: jnp.sum(by_scan(w, x) ** 2)))
    session.timed(f"LSTM scan, batch {batch}", lambda: scan(weights, x))
    if not has_cudnn:
        return
    try:
        difference = jnp.abs(jax.jit(by_cudnn)(flat, x) - jax.jit(by_scan)(weights, x)).max()
        session.note(f"cuDNN's LSTM against the scan, batch {batch}", difference)
        cudnn = jax.jit(jax.value_and_grad(lambda w, x: jnp.sum(by_cudnn(w, x) ** 2)))
        session.timed(f"LSTM cuDNN, batch {batch}", lambda: cudnn(flat, x))
    except Exception as error:  # the kind that jax's binding raises depends on its version
        first = str(error).splitlines()[0][:120]
        session.skip("cuDNN's LSTM", f"{type(error).__name__}: {first}")
