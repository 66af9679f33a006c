"""The one LSTM of the house: a scan with its own derivative (Hochreiter and Schmidhuber, 1997).

Gates stand in the order input, forget, cell, output. The forward scan keeps the gates' values; the
reverse scan yields the gradient of the pre-activations, and one matrix product after it gives each
weight gradient, which is cheaper than accumulating them step by step.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from flax import nnx

_orthogonal = nnx.initializers.orthogonal()
_glorot = nnx.initializers.glorot_uniform()


class LSTM(nnx.Module):
    """One layer, one or both directions; hidden states of both are concatenated."""

    def __init__(self, inputs: int, units: int, rngs: nnx.Rngs, bidirectional: bool = False):
        directions = 2 if bidirectional else 1
        self.input_kernel = nnx.List(
            [nnx.Param(_glorot(rngs.params(), (inputs, 4 * units))) for _ in range(directions)]
        )
        self.state_kernel = nnx.List(
            [nnx.Param(_recurrent(rngs.params(), units)) for _ in range(directions)]
        )
        self.bias = nnx.List([nnx.Param(_bias(units)) for _ in range(directions)])

    def __call__(self, x: jax.Array, lengths: jax.Array) -> jax.Array:
        """Return hidden states (batch, frames, directions x units) of x (batch, frames, inputs).

        The reverse direction starts at each utterance's own last frame. States of padded frames
        mean nothing and must be masked.
        """
        states = [self._run(0, x)]
        if len(self.bias) == 2:
            order = _reversed_order(lengths, x.shape[1])
            back = self._run(1, jnp.take_along_axis(x, order, 1))
            states.append(jnp.take_along_axis(back, order, 1))
        return jnp.concatenate(states, -1)

    def _run(self, direction: int, x: jax.Array) -> jax.Array:
        weights = (self.input_kernel, self.state_kernel, self.bias)
        kernel, recurrent, bias = (w[direction][...].astype(x.dtype) for w in weights)
        return jnp.swapaxes(lstm(jnp.swapaxes(x, 0, 1), kernel, recurrent, bias), 0, 1)


def _reversed_order(lengths: jax.Array, frames: int) -> jax.Array:
    """Return int32 (batch, frames, 1): valid frames back to front, padding where it was."""
    steps = jnp.arange(frames)[None, :]
    order = jnp.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)
    return order[..., None]


def _recurrent(key: jax.Array, units: int) -> jax.Array:
    keys = jax.random.split(key, 4)
    return jnp.concatenate([_orthogonal(k, (units, units)) for k in keys], 1)


def _bias(units: int) -> jax.Array:
    # A forget gate that starts open remembers from the beginning (Jozefowicz et al., 2015).
    return jnp.zeros(4 * units).at[units : 2 * units].set(1.0)


@jax.custom_vjp
def lstm(x: jax.Array, kernel: jax.Array, recurrent: jax.Array, bias: jax.Array) -> jax.Array:
    """Return hidden states (frames, batch, units) from zero initial states.

    x (frames, batch, inputs), kernel (inputs, 4 units), recurrent (units, 4 units), bias (4 units).
    """
    return _forward(x, kernel, recurrent, bias, keep=False)[0]


def _forward(x, kernel, recurrent, bias, keep: bool):
    units = recurrent.shape[0]
    joined = jnp.concatenate([kernel, recurrent])

    def step(carry, frame):
        hidden, cell = carry
        pre = jnp.concatenate([frame, hidden], -1) @ joined + bias
        gates = _gates(pre, units)
        cell = gates[1] * cell + gates[0] * gates[2]
        hidden = gates[3] * jnp.tanh(cell)
        kept = (jnp.concatenate(gates, -1), cell) if keep else None
        return (hidden, cell), (hidden, kept)

    # Zeros made from x carry its sharding and varying axes into the scan.
    start = jnp.zeros_like(x, shape=(x.shape[1], units))
    _, (hidden, kept) = jax.lax.scan(step, (start, start), x)
    return hidden, kept


def _gates(pre, units):
    i, f, g, o = (pre[..., n * units : (n + 1) * units] for n in range(4))
    return jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)


def _lstm_forward(x, kernel, recurrent, bias):
    hidden, (gates, cell) = _forward(x, kernel, recurrent, bias, keep=True)
    return hidden, (x, kernel, recurrent, hidden, gates, cell)


def _lstm_backward(kept, gradient):
    x, kernel, recurrent, hidden, gates, cell = kept
    units = recurrent.shape[0]
    start = jnp.zeros_like(hidden[0])
    before = jnp.concatenate([start[None], cell[:-1]])

    def step(carry, frame):
        d_hidden, d_cell = carry
        g_hidden, gate, c, c_before = frame
        i, f, g, o = (gate[..., n * units : (n + 1) * units] for n in range(4))
        d_hidden = d_hidden + g_hidden
        t = jnp.tanh(c)
        d_cell = d_cell + d_hidden * o * (1 - t * t)
        d_pre = jnp.concatenate(
            [
                d_cell * g * i * (1 - i),
                d_cell * c_before * f * (1 - f),
                d_cell * i * (1 - g * g),
                d_hidden * t * o * (1 - o),
            ],
            -1,
        )
        return (d_pre @ recurrent.T, d_cell * f), d_pre

    frames = (gradient, gates, cell, before)
    _, d_pre = jax.lax.scan(step, (start, start), frames, reverse=True)
    shifted = jnp.concatenate([start[None], hidden[:-1]])
    d_kernel = jnp.einsum("tbi,tbg->ig", x, d_pre)
    d_recurrent = jnp.einsum("tbu,tbg->ug", shifted, d_pre)
    return d_pre @ kernel.T, d_kernel, d_recurrent, d_pre.sum((0, 1))


lstm.defvjp(_lstm_forward, _lstm_backward)
