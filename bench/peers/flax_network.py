"""The CNN-LSTM of bench/peers/step_models.py as a user of flax and optax writes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from flax import nnx


def lstm(inputs: int, units: int, rngs: nnx.Rngs) -> nnx.RNN:
    """Return one LSTM layer over (batch, frames, inputs)."""
    return nnx.RNN(nnx.OptimizedLSTMCell(inputs, units, rngs=rngs), rngs=rngs)


class FlaxCNNLSTM(nnx.Module):
    """[Conv 64, ReLU, pool 2], [Conv 128, ReLU, pool 2], LSTM 128, LSTM 128, dropout, dense."""

    def __init__(self, coefficients: int, dropout: float, rngs: nnx.Rngs):
        self.convolutions = nnx.List(
            [nnx.Conv(coefficients, 64, (3,), rngs=rngs), nnx.Conv(64, 128, (3,), rngs=rngs)]
        )
        self.recurrent = nnx.List([lstm(128, 128, rngs), lstm(128, 128, rngs)])
        self.dropout = nnx.Dropout(dropout, rngs=rngs)
        self.head = nnx.Linear(128, 1, rngs=rngs)

    def __call__(self, x: jax.Array) -> jax.Array:
        """Score (batch, frames, coefficients); return (batch,)."""
        for convolution in self.convolutions:
            x = nnx.max_pool(nnx.relu(convolution(x)), (2,), (2,))
        for layer in self.recurrent:
            outputs: Any = layer(x)
            x = outputs
        return self.head(self.dropout(x[:, -1]))[:, 0]


def plain_step(
    module: Any, score: Callable[[Any, jax.Array], jax.Array], learning_rate: float
) -> Callable[[jax.Array, jax.Array], jax.Array]:
    """Return a training step (features, labels) -> loss as in flax's guides.

    `score(module, features)` returns the scores (batch,). The step updates the module in place.
    """
    optimizer = nnx.Optimizer(module, optax.adam(learning_rate), wrt=nnx.Param)

    def objective(module: Any, features: jax.Array, labels: jax.Array) -> jax.Array:
        scores = score(module, features)
        return jnp.mean(optax.sigmoid_binary_cross_entropy(scores, labels))

    @nnx.jit
    def step(module: Any, optimizer: Any, features: jax.Array, labels: jax.Array) -> jax.Array:
        loss, gradient = nnx.value_and_grad(objective)(module, features, labels)
        optimizer.update(module, gradient)
        return loss

    return lambda features, labels: step(module, optimizer, features, labels)
