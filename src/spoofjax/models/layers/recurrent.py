"""The LSTM as a scan with a custom derivative."""

from __future__ import annotations

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jax import lax

from spoofjax.models.layers.initial import constant, glorot_uniform, orthogonal_blocks, parameter
from spoofjax.models.layers.lstm_gates import activated, gate_gradients
from spoofjax.models.layers.masking import valid
from spoofjax.models.layers.native_lstm import available, native_lstm
from spoofjax.models.layers.recurrence import Form, recurrence
from spoofjax.models.layers.recurrence_form import form_of


def _scan(x, kernel, recurrent, bias, mask, reverse: bool, hoist: bool, with_cells: bool) -> Any:
    """Run the recurrence over time-major (frames, batch, inputs).

    Returns the outputs (frames, batch, units) and, if asked for, cells and pre-activations.
    """
    units = recurrent.shape[0]
    if hoist:
        x = x @ kernel + bias
    weights = jnp.concatenate([kernel, recurrent])

    def step(carry, inputs):
        h, c = carry
        frame, is_valid = inputs
        z = frame + h @ recurrent if hoist else jnp.concatenate([frame, h], -1) @ weights + bias
        i, f, g, o = activated(jnp.split(z, 4, axis=-1))
        c = f * c + i * g  # in float32, since the rounding of bfloat16 would add up
        h = (o * jnp.tanh(c)).astype(x.dtype)
        if is_valid is not None:
            h, c = jnp.where(is_valid, h, 0), jnp.where(is_valid, c, 0)
        return (h, c), (h, c, z) if with_cells else h

    start = (jnp.zeros((x.shape[1], units), dtype) for dtype in (x.dtype, jnp.float32))
    return lax.scan(step, tuple(start), (x, mask), reverse=reverse)[1]


@functools.partial(jax.custom_vjp, nondiff_argnums=(5, 6))
def lstm(
    x: jax.Array,
    kernel: jax.Array,
    recurrent: jax.Array,
    bias: jax.Array,
    mask: jax.Array | None,
    reverse: bool = False,
    hoist: bool = False,
) -> jax.Array:
    """Run an LSTM from zero state over (frames, batch, inputs); return (frames, batch, units).

    `kernel` (inputs, 4 units), `recurrent` (units, 4 units) and `bias` (4 units,) hold the gates
    in the order i, f, g, o (Hochreiter and Schmidhuber, 1997, with forget gate). `mask` is bool
    (frames, batch, 1): where false, output and state are zero, so that in reverse each utterance
    starts from zero at its own last frame. `hoist` multiplies all inputs before the scan, which is
    faster on accelerators; on a CPU the extra memory traffic costs more than it saves.
    """
    return _scan(x, kernel, recurrent, bias, mask, reverse, hoist, with_cells=False)


def _lstm_forward(x, kernel, recurrent, bias, mask, reverse, hoist):
    h, c, z = _scan(x, kernel, recurrent, bias, mask, reverse, hoist, with_cells=True)
    return h, (x, kernel, recurrent, mask, h, c, z)


def _lstm_backward(reverse, hoist, residual, dy):
    """Scan in reverse for the gradient of the pre-activations, then one product per weight."""
    x, kernel, recurrent, mask, h, c, z = residual
    h_before, c_before = _delayed(h, reverse), _delayed(c, reverse)
    across = recurrent.T

    def step(carry, inputs):
        dh, dc = carry
        dy, z, c, c_before, is_valid = inputs
        gates = activated(jnp.split(z, 4, axis=-1))
        dh = dh + dy.astype(jnp.float32)
        gradients, dc = gate_gradients(gates, c, c_before, dh, dc, is_valid)
        dz = jnp.concatenate(gradients, axis=-1).astype(z.dtype)
        return (jnp.matmul(dz, across, preferred_element_type=jnp.float32), dc), dz

    zero = jnp.zeros_like(c[0])
    _, dz = lax.scan(step, (zero, zero), (dy, z, c, c_before, mask), reverse=not reverse)
    flat = dz.reshape(-1, dz.shape[-1])
    d_kernel = x.reshape(-1, x.shape[-1]).T @ flat
    d_recurrent = h_before.reshape(-1, h.shape[-1]).T @ flat
    d_bias = flat.sum(0, dtype=jnp.float32).astype(dz.dtype)
    return dz @ kernel.T, d_kernel, d_recurrent, d_bias, None


def _delayed(x: jax.Array, reverse: bool) -> jax.Array:
    """Return for each step the value of the step before it, and zero for the first step."""
    zero = jnp.zeros_like(x[:1])
    return jnp.concatenate([x[1:], zero] if reverse else [zero, x[:-1]])


lstm.defvjp(_lstm_forward, _lstm_backward)


class LSTMDirection(nnx.Module):
    """The weights of one direction of one layer."""

    def __init__(self, inputs: int, units: int, rngs: nnx.Rngs):
        self.kernel = parameter(rngs, (inputs, 4 * units), glorot_uniform(inputs, units))
        self.recurrent = parameter(rngs, (units, 4 * units), orthogonal_blocks)
        # A bias of one opens the forget gate at the start (Jozefowicz et al., 2015).
        self.bias = constant((4 * units,), np.repeat([0.0, 1.0, 0.0, 0.0], units))


class LSTMLayer(nnx.Module):
    """One LSTM layer, in one direction or both; its output is zero for padded frames.

    The backward direction starts at each utterance's own last frame; its outputs follow the
    forward ones. On one CPU device the recurrence runs in C, on an accelerator both directions run
    as one recurrence, on an NVIDIA GPU by a kernel; `module.set_attributes(native=False)` makes a
    whole model use the scan, for programs that must run anywhere.
    """

    def __init__(
        self,
        inputs: int,
        units: int,
        rngs: nnx.Rngs,
        *,
        bidirectional: bool = False,
        dtype: str = "float32",
        form: str = "auto",
    ):
        """`form` is 'scan' for a layer that must not use the kernel, see `recurrence_form`."""
        directions = 2 if bidirectional else 1
        self.directions = nnx.List(LSTMDirection(inputs, units, rngs) for _ in range(directions))
        self.dtype = dtype
        self.hoist = jax.default_backend() != "cpu"
        self.form: Form | None = form_of(dtype, units, form) if self.hoist else None
        self.native = self.hoist or available(dtype, units)

    def __call__(self, x: jax.Array, lengths: jax.Array | None) -> jax.Array:
        """Map (batch, frames, inputs) to (batch, frames, units), 2 units for both directions."""
        dtype = jnp.dtype(self.dtype)
        x = x.astype(dtype)
        weights = [
            tuple(part[...].astype(dtype) for part in (d.kernel, d.recurrent, d.bias))
            for d in self.directions
        ]
        if self.native and self.form is not None:
            return self._at_once(x, weights, lengths, self.form)
        outputs = (self._in_c if self.native else self._by_scan)(x, weights, lengths)
        return jnp.concatenate(outputs, axis=-1) if len(outputs) > 1 else outputs[0]

    def _at_once(
        self, x: jax.Array, weights: Any, lengths: jax.Array | None, form: Form
    ) -> jax.Array:
        """Run all directions as one recurrence, after one product of all inputs."""
        batch, frames, inputs = x.shape
        if lengths is None:
            lengths = jnp.full(batch, frames, jnp.int32)
        kernel, recurrent, bias = (jnp.stack(parts) for parts in zip(*weights, strict=True))
        across = jnp.moveaxis(kernel, 0, 1).reshape(inputs, -1)
        x = jnp.swapaxes(x, 0, 1) @ across
        x = x.reshape(frames, batch, len(weights), -1) + bias
        y = recurrence(x, recurrent, lengths.astype(jnp.int32), form)
        return jnp.swapaxes(y.reshape(frames, batch, -1), 0, 1)

    def _in_c(self, x: jax.Array, weights: Any, lengths: jax.Array | None) -> list[jax.Array]:
        if lengths is None:
            lengths = jnp.full(x.shape[0], x.shape[1], jnp.int32)
        lengths = lengths.astype(jnp.int32)
        return [
            native_lstm(x, *parts, lengths, backward)
            for parts, backward in zip(weights, (False, True), strict=False)
        ]

    def _by_scan(self, x: jax.Array, weights: Any, lengths: jax.Array | None) -> list[jax.Array]:
        mask = valid(lengths, x.shape[1])
        if mask is not None:
            mask = mask.T[..., None]
        x = jnp.swapaxes(x, 0, 1)
        outputs: Any = [
            lstm(x, *parts, mask, backward, self.hoist)
            for parts, backward in zip(weights, (False, True), strict=False)
        ]
        return [jnp.swapaxes(y, 0, 1) for y in outputs]
