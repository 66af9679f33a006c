"""The recurrence of an LSTM layer as a kernel for NVIDIA GPUs, in Pallas' Triton form.

A program takes one direction of 16 utterances through all steps, where the scan starts several
programs a step. The state stays on the chip, and so do recurrent weights that fit beside it. Larger
ones are read at each step, the block of one gate after the other, from the second-level cache.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax
from jax.experimental import pallas as pl

from spoofjax.models.layers.lstm_gates import activated, gate_gradients

ROWS = 16
"""Utterances of a program: the fewest that the tensor cores multiply at once."""
GATES = range(4)
RESIDENT = 2**17
"""The most bytes of recurrent weights that stay on the chip: an H100 has 227 KiB of shared memory,
and 64 units in float32 or 128 in bfloat16 take 68 and 136 KiB with the state."""


def padded(
    x: jax.Array, recurrent: jax.Array, lengths: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return the arguments of `recurrence.recurrence` as large as `forward` takes them.

    Units become a power of two from 16 on, the batch a multiple of 16. The outputs of the units
    added are zero, since those without weights stay in their zero state.
    """
    units = recurrent.shape[1]
    width = max(16, 1 << (units - 1).bit_length())
    added, rows = width - units, -x.shape[1] % ROWS

    def widened(gates: jax.Array) -> jax.Array:
        parts = gates.reshape(*gates.shape[:-1], 4, units)
        filled = jnp.pad(parts, [(0, 0)] * (parts.ndim - 1) + [(0, added)])
        return filled.reshape(*gates.shape[:-1], 4 * width)

    x = jnp.pad(widened(x), [(0, 0), (0, rows), (0, 0), (0, 0)])
    recurrent = jnp.pad(widened(recurrent), [(0, 0), (0, added), (0, 0)])
    return x, recurrent, jnp.pad(lengths, (0, rows))


def forward(
    x: jax.Array, recurrent: jax.Array, lengths: jax.Array, is_interpreted: bool = False
) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Return outputs, cells and pre-activations, (frames, batch, directions, ...), of `padded`."""
    units = recurrent.shape[1]
    outputs = ((units, x.dtype), (units, jnp.float32), (4 * units, x.dtype))
    return _call(_forward_kernel, (x,), recurrent, lengths, outputs, is_interpreted)


def backward(
    z: jax.Array,
    cells: jax.Array,
    dy: jax.Array,
    recurrent: jax.Array,
    lengths: jax.Array,
    is_interpreted: bool = False,
) -> jax.Array:
    """Return the gradient of the pre-activations `z`, of the same shape, in the sizes of `padded`.

    `dy` is the gradient of the outputs.
    """
    across = jnp.swapaxes(recurrent, 1, 2)
    outputs = ((z.shape[-1], z.dtype),)
    (dz,) = _call(_backward_kernel, (z, cells, dy), across, lengths, outputs, is_interpreted)
    return dz


def _call(
    kernel: Callable,
    arrays: tuple[jax.Array, ...],
    weights: jax.Array,
    lengths: jax.Array,
    outputs: tuple[tuple[int, Any], ...],
    is_interpreted: bool,
) -> Any:
    """Run a kernel over all directions and rows; `outputs` are widths and dtypes."""
    frames, batch, directions = arrays[0].shape[:3]

    def rows(width: int) -> pl.BlockSpec:
        return pl.BlockSpec((frames, ROWS, None, width), lambda d, b: (0, b, d, 0))

    return pl.pallas_call(
        functools.partial(kernel, frames=frames, units=min(weights.shape[1:])),
        grid=(directions, batch // ROWS),
        in_specs=[
            *(rows(array.shape[-1]) for array in arrays),
            pl.BlockSpec((None, *weights.shape[1:]), lambda d, b: (d, 0, 0)),
            pl.BlockSpec((ROWS,), lambda d, b: (b,)),
        ],
        out_specs=[rows(width) for width, _ in outputs],
        out_shape=[
            jax.ShapeDtypeStruct((frames, batch, directions, width), dtype)
            for width, dtype in outputs
        ],
        interpret=is_interpreted,
        compiler_params=None if is_interpreted else _triton_parameters(min(weights.shape[1:])),
    )(*arrays, weights, lengths)


def _triton_parameters(units: int) -> Any:
    from jax.experimental.pallas import triton

    return triton.CompilerParams(num_warps=4 if units < 128 else 8, num_stages=1)


def _blocks(read: Callable[[int], Any], weights: Any) -> Callable[[int], Any]:
    """Return `read`, which returns a gate's block of weights, so that it reads only once if it may.

    Larger weights are read where they are multiplied.
    """
    if weights.size * weights.dtype.itemsize > RESIDENT:
        return read
    return [read(k) for k in GATES].__getitem__


def _order_of(frames: int) -> Callable[[Any], Any]:
    """Return the function from a step to the frame that this program's direction reads then."""
    is_backward = pl.program_id(0) == 1
    return lambda step: jnp.where(is_backward, frames - 1 - step, step)


def _forward_kernel(x, recurrent, lengths, y, cells, z, *, frames: int, units: int):
    dtype, place = y.dtype, _order_of(frames)
    gate = [pl.ds(k * units, units) for k in GATES]
    weights = _blocks(lambda k: recurrent[:, gate[k]], recurrent)
    ends = lengths[...][:, None]

    def read(step):
        at = place(step)
        return [x[at, :, gate[k]] for k in GATES]

    def advance(step, carry):
        h, c, inputs = carry
        # The next inputs are on their way while this step computes.
        following = read(jnp.minimum(step + 1, frames - 1))
        at = place(step)
        pre_activations = [
            inputs[k].astype(jnp.float32)
            + jnp.dot(h, weights(k), preferred_element_type=jnp.float32)
            for k in GATES
        ]
        i, f, g, o = activated(pre_activations)
        is_valid = jnp.broadcast_to(at < ends, c.shape)
        c = jnp.where(is_valid, f * c + i * g, 0.0)
        h = jnp.where(is_valid, o * jnp.tanh(c), 0.0).astype(dtype)
        y[at] = h
        cells[at] = c
        for k in GATES:
            z[at, :, gate[k]] = pre_activations[k].astype(dtype)
        return h, c, following

    zero = jnp.zeros((ROWS, units), jnp.float32)
    lax.fori_loop(0, frames, advance, (zero.astype(dtype), zero, read(0)))


def _backward_kernel(z, cells, dy, across, lengths, dz, *, frames: int, units: int):
    place = _order_of(frames)
    gate = [pl.ds(k * units, units) for k in GATES]
    weights = _blocks(lambda k: across[gate[k], :], across)
    ends = lengths[...][:, None]

    def read(step):
        """Return gradient of the output, pre-activations, and the cell of the step before."""
        step = jnp.maximum(step, 0)
        at, before = place(step), place(jnp.maximum(step - 1, 0))
        c_before = jnp.where(step > 0, cells[before], 0.0)
        return dy[at], [z[at, :, gate[k]] for k in GATES], c_before

    def advance(number, carry):
        dh, dc, c, (dy, z, c_before) = carry
        step = frames - 1 - number
        following = read(step - 1)
        at = place(step)
        gates = activated([z[k].astype(jnp.float32) for k in GATES])
        is_valid = jnp.broadcast_to(at < ends, c.shape)
        dh = dh + dy.astype(jnp.float32)
        gradients, dc = gate_gradients(gates, c, c_before, dh, dc, is_valid)
        dh = jnp.zeros_like(c)
        for k in GATES:
            rounded = gradients[k].astype(dz.dtype)
            dz[at, :, gate[k]] = rounded
            dh = dh + jnp.dot(rounded, weights(k), preferred_element_type=jnp.float32)
        return dh, dc, c_before, following

    zero = jnp.zeros((ROWS, units), jnp.float32)
    last = cells[place(frames - 1)]
    lax.fori_loop(0, frames, advance, (zero, zero, last, read(frames - 1)))
