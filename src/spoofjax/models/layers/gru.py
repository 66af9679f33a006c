"""The GRU as a scan."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx
from jax import lax

from spoofjax.models.layers.initial import constant, glorot_uniform, orthogonal_blocks, parameter


class GRULayer(nnx.Module):
    """One GRU layer in the form of torch and cuDNN, from zero state; arithmetic in `dtype`.

    The reset gate multiplies the recurrent part of the candidate after its bias. The gates are in
    the order reset, update, candidate. Source: Cho et al. (2014), arXiv 1406.1078.
    """

    def __init__(self, inputs: int, units: int, rngs: nnx.Rngs, dtype: str = "float32"):
        self.kernel = parameter(rngs, (inputs, 3 * units), glorot_uniform(inputs, units))
        self.recurrent = parameter(rngs, (units, 3 * units), orthogonal_blocks)
        self.bias = constant((3 * units,), 0.0)
        self.recurrent_bias = constant((3 * units,), 0.0)
        self.dtype = dtype

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (batch, frames, inputs) to (batch, frames, units)."""
        dtype = jnp.dtype(self.dtype)
        kernel, recurrent, bias, recurrent_bias = (
            part[...].astype(dtype)
            for part in (self.kernel, self.recurrent, self.bias, self.recurrent_bias)
        )
        # All frames are multiplied before the scan; its steps then read one matrix only.
        inputs = jnp.swapaxes(x.astype(dtype) @ kernel + bias, 0, 1)

        def step(h: jax.Array, frame: jax.Array) -> tuple[jax.Array, jax.Array]:
            a, b, c = jnp.split(frame, 3, axis=-1)
            d, e, f = jnp.split(h @ recurrent + recurrent_bias, 3, axis=-1)
            update = jax.nn.sigmoid(b + e)
            candidate = jnp.tanh(c + jax.nn.sigmoid(a + d) * f)
            h = (1 - update) * candidate + update * h
            return h, h

        start = jnp.zeros((x.shape[0], recurrent.shape[0]), dtype)
        return jnp.swapaxes(lax.scan(step, start, inputs)[1], 0, 1)
