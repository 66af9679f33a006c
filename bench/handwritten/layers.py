"""Layers in C for one CPU device, against the same layers through XLA."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from bench.handwritten.piece import Piece
from bench.peers.flax_network import lstm
from spoofjax.models.layers import ConvBlock, LSTMLayer, native
from spoofjax.models.layers.convolution import Conv

FRAMES, COEFFICIENTS, UNITS = 400, 60, 128
TOLERANCE = 1e-3


def layer_pieces(batch: int) -> Iterator[Piece]:
    """Yield each layer, forward and backward, and a convolution block as in evaluation."""
    if not native.available("float32"):
        print("left out: layers in C (not built, or not for this processor)")
        return
    yield recurrent(batch)
    yield convolution(batch)
    yield block(batch)


def recurrent(batch: int) -> Piece:
    """Compare an LSTM layer with flax's, on the same weights, and with our own scan."""
    ours = LSTMLayer(COEFFICIENTS, UNITS, nnx.Rngs(0))
    (weights,) = ours.directions
    theirs = lstm(COEFFICIENTS, UNITS, nnx.Rngs(0))
    cell: Any = theirs.cell
    cell.dense_i.kernel[...] = weights.kernel[...]
    cell.dense_h.kernel[...] = weights.recurrent[...]
    cell.dense_h.bias[...] = weights.bias[...]
    x = noise(batch, FRAMES, COEFFICIENTS)
    return Piece(
        f"LSTM of {UNITS}, {FRAMES} frames, training",
        gradient(ours, lambda layer, x: layer(x, None), x),
        {
            "flax RNN": gradient(theirs, lambda layer, x: layer(x), x),
            "our scan in XLA": gradient(in_xla(ours), lambda layer, x: layer(x, None), x),
        },
        clock="wall",
        tolerance=TOLERANCE,
    )


def convolution(batch: int) -> Piece:
    """Compare the second convolution of CNN-LSTM with flax's and with XLA's in our layout."""
    ours = Conv(64, 128, (3,), nnx.Rngs(0))
    theirs = nnx.Conv(64, 128, (3,), rngs=nnx.Rngs(0))
    theirs.kernel[...] = ours.kernel[...]
    x = noise(batch, FRAMES // 2, 64)

    def run(layer: Any, x: jax.Array) -> jax.Array:
        return layer(x)

    return Piece(
        "convolution of 64 to 128, training",
        gradient(ours, run, x),
        {"flax Conv": gradient(theirs, run, x), "XLA": gradient(in_xla(ours), run, x)},
        clock="wall",
        tolerance=TOLERANCE,
    )


def block(batch: int) -> Piece:
    """Compare convolution, batch norm, ReLU and max-pool in evaluation with XLA's."""
    ours = ConvBlock(64, 128, (3,), (2,), nnx.Rngs(0))
    x = noise(batch, FRAMES // 2, 64)

    def run(layer: Any, x: jax.Array) -> jax.Array:
        return layer(x, None, train=False)[0]

    return Piece(
        "convolution block of 64 to 128, evaluation",
        forward(ours, run, x),
        {"XLA": forward(in_xla(ours), run, x)},
        clock="wall",
        tolerance=TOLERANCE,
    )


def noise(*shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(0).normal(size=shape), jnp.float32)


def in_xla(layer: nnx.Module) -> nnx.Module:
    """Return a copy of the layer that runs through XLA."""
    copy = nnx.clone(layer)
    copy.set_attributes(native=False)
    return copy


def gradient(
    layer: nnx.Module, run: Callable[[Any, jax.Array], jax.Array], x: jax.Array
) -> Callable[[], jax.Array]:
    """Return a call of forward and backward pass; its result is the gradient of the input."""
    graph, params, others = nnx.split(layer, nnx.Param, ...)

    def objective(params: Any, x: jax.Array) -> jax.Array:
        return jnp.sum(run(nnx.merge(graph, params, others, copy=True), x) ** 2)

    both = jax.jit(jax.value_and_grad(objective, argnums=(0, 1)))
    return lambda: jax.block_until_ready(both(params, x))[1][1]


def forward(
    layer: nnx.Module, run: Callable[[Any, jax.Array], jax.Array], x: jax.Array
) -> Callable[[], jax.Array]:
    """Return a call of the forward pass."""
    graph, state = nnx.split(layer)
    compiled = jax.jit(lambda state, x: run(nnx.merge(graph, state), x))
    return lambda: jax.block_until_ready(compiled(state, x))
