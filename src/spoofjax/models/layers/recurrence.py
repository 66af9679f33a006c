"""The recurrence of an LSTM layer in all its directions at once, for accelerators.

A step of a small LSTM takes an accelerator less time than starting it, so the number of steps is
what counts: two directions in one recurrence take half as many. `recurrent.lstm` is the same
function of one direction.
"""

from __future__ import annotations

import functools
from typing import Any, Literal

import jax
import jax.numpy as jnp
from jax import lax

from spoofjax.models.layers.lstm_gates import activated, gate_gradients

Form = Literal["scan", "kernel", "interpreted"]
"""A scan, the kernel for NVIDIA GPUs, or that kernel as tests run it on a CPU."""


def recurrence(x: jax.Array, recurrent: jax.Array, lengths: jax.Array, form: Form) -> jax.Array:
    """Run LSTMs from zero state; return (frames, batch, directions, units) in the dtype of `x`.

    `x` (frames, batch, directions, 4 units) is what the inputs and the bias add to the gates i, f,
    g, o, and `recurrent` (directions, units, 4 units) maps the outputs of the step before to them.
    `lengths` is int32 (batch,): beyond them, output and state are zero. A second direction reads
    from the end to the start. 'scan' defines the result; cells are float32 in all forms. Where jax
    is asked for full float32 products, 'kernel' is the scan too, since it multiplies in TF32.
    """
    if form == "scan" or (form == "kernel" and _is_exact(x.dtype)):
        return _recurrence(x, recurrent, lengths, "scan")
    from spoofjax.models.layers import recurrence_kernel  # Pallas, which a CPU does not need

    batch, units = x.shape[1], recurrent.shape[1]
    x, recurrent, lengths = recurrence_kernel.padded(x, recurrent, lengths)
    y: Any = _recurrence(x, recurrent, lengths, form)
    return y[:, :batch, :, :units]


def _is_exact(dtype: Any) -> bool:
    """Return whether products of this type must not be rounded to TF32."""
    precision = jax.config.jax_default_matmul_precision  # type: ignore[attr-defined]
    return dtype == jnp.float32 and precision in ("highest", "float32")


@functools.partial(jax.custom_vjp, nondiff_argnums=(3,))
def _recurrence(x: jax.Array, recurrent: jax.Array, lengths: jax.Array, form: Form) -> jax.Array:
    return _forward(x, recurrent, lengths, form)[0]


def _forward(x, recurrent, lengths, form):
    if form == "scan":
        y, cells, z = _scanned(x, recurrent, lengths)
    else:
        from spoofjax.models.layers import recurrence_kernel

        y, cells, z = recurrence_kernel.forward(x, recurrent, lengths, form == "interpreted")
    return y, (recurrent, lengths, y, cells, z)


def _backward(form, residual, dy):
    recurrent, lengths, y, cells, z = residual
    if form == "scan":
        dz = _scanned_backward(z, cells, dy, recurrent, lengths)
    else:
        from spoofjax.models.layers import recurrence_kernel

        is_interpreted = form == "interpreted"
        dz = recurrence_kernel.backward(z, cells, dy, recurrent, lengths, is_interpreted)
    d_recurrent = jnp.einsum("tbdu,tbdv->duv", _delayed(y), dz)
    return dz, d_recurrent, None


_recurrence.defvjp(_forward, _backward)


def _scanned(
    x: jax.Array, recurrent: jax.Array, lengths: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return outputs, cells and pre-activations of the gates, (frames, batch, directions, ...)."""
    units = recurrent.shape[1]

    def step(carry, inputs):
        h, c = carry
        x, is_valid = inputs
        z = x + jnp.einsum("bdu,duv->bdv", h, recurrent)
        i, f, g, o = activated(jnp.split(z, 4, axis=-1))
        c = jnp.where(is_valid, f * c + i * g, 0)
        h = jnp.where(is_valid, o * jnp.tanh(c), 0).astype(x.dtype)
        return (h, c), (h, c, z)

    start = [jnp.zeros((*x.shape[1:3], units), dtype) for dtype in (x.dtype, jnp.float32)]
    y, cells, z = lax.scan(step, tuple(start), (_in_order(x), _valid(x, lengths)))[1]
    return _in_order(y), _in_order(cells), _in_order(z)


def _scanned_backward(
    z: jax.Array, cells: jax.Array, dy: jax.Array, recurrent: jax.Array, lengths: jax.Array
) -> jax.Array:
    """Return the gradient of the pre-activations `z`, of the same shape."""

    def step(carry, inputs):
        dh, dc = carry
        dy, z, c, c_before, is_valid = inputs
        gates = activated(jnp.split(z, 4, axis=-1))
        dh = dh + dy.astype(jnp.float32)
        gradients, dc = gate_gradients(gates, c, c_before, dh, dc, is_valid)
        dz = jnp.concatenate(gradients, axis=-1).astype(z.dtype)
        dh = jnp.einsum("bdv,duv->bdu", dz, recurrent, preferred_element_type=jnp.float32)
        return (dh, dc), dz

    zero = jnp.zeros_like(cells[0])
    inputs = [_in_order(one) for one in (dy, z, cells, _delayed(cells))]
    dz = lax.scan(step, (zero, zero), (*inputs, _valid(z, lengths)), reverse=True)[1]
    return _in_order(dz)


def _valid(x: jax.Array, lengths: jax.Array) -> jax.Array:
    """Return bool (frames, batch, directions, 1) in the order in which each direction reads."""
    is_valid = jnp.arange(x.shape[0])[:, None] < lengths
    return _in_order(jnp.broadcast_to(is_valid[..., None, None], (*x.shape[:3], 1)))


def _in_order(x: jax.Array) -> jax.Array:
    """Turn (frames, batch, directions, ...) so that each direction reads from frame 0 on."""
    if x.shape[2] == 1:
        return x
    return jnp.stack([x[:, :, 0], x[::-1, :, 1]], axis=2)


def _delayed(x: jax.Array) -> jax.Array:
    """Return for each step the value of the step before it in its direction, at first zero."""
    zero = jnp.zeros_like(x[:1, :, 0])
    forward = jnp.concatenate([zero, x[:-1, :, 0]])
    if x.shape[2] == 1:
        return forward[:, :, None]
    return jnp.stack([forward, jnp.concatenate([x[1:, :, 1], zero])], axis=2)
