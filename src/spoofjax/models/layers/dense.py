"""A dense layer."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

from spoofjax.models.layers.initial import constant, glorot_uniform, parameter


class Dense(nnx.Module):
    """x @ kernel + bias; float32 parameters, arithmetic in `dtype`."""

    def __init__(self, inputs: int, outputs: int, rngs: nnx.Rngs, dtype: str = "float32"):
        self.kernel = parameter(rngs, (inputs, outputs), glorot_uniform(inputs, outputs))
        self.bias = constant((outputs,), 0.0)
        self.dtype = dtype

    def __call__(self, x: jax.Array) -> jax.Array:
        """Map (..., inputs) to (..., outputs)."""
        dtype = jnp.dtype(self.dtype)
        return x.astype(dtype) @ self.kernel[...].astype(dtype) + self.bias[...].astype(dtype)
