"""In which form an LSTM layer computes its recurrence on an accelerator."""

from __future__ import annotations

import functools
import warnings

import jax
import jax.numpy as jnp
import numpy as np

from spoofjax.models.layers.recurrence import Form, recurrence

LARGEST = {"float32": 128, "bfloat16": 256}
"""The most units for which the weights of one gate, units^2 numbers, fit into the shared memory of
an H100, 227 KiB, beside the state: they take 64 and 128 KiB, and twice as many units 256 KiB and
more."""
FRAMES, BATCH = 3, 17
"""Size of the example on which the kernel is compared with the scan."""
TOLERANCE = 0.05
"""Largest difference from the scan; the values are below 10 and products are rounded to 8 bits."""


def form_of(dtype: str, units: int, chosen: str = "auto") -> Form:
    """Return the form for a layer of `units` units on the devices of this process.

    'auto' takes the kernel on one NVIDIA GPU, where the weights of a gate fit; XLA cannot split a
    kernel along the batch. `chosen` may be 'scan'.
    """
    devices = jax.devices()
    is_one_gpu = len(devices) == 1 and devices[0].platform == "gpu"
    fits = units <= LARGEST.get(dtype, 0)
    return "kernel" if chosen == "auto" and is_one_gpu and fits and _works(dtype, units) else "scan"


@functools.cache
def _works(dtype: str, units: int) -> bool:
    """Return whether the kernel compiles here and agrees with the scan; warn where it does not."""
    try:
        difference = _difference(dtype, units)
        if difference <= TOLERANCE:
            return True
        reason = f"it is off by {difference:.3g}"
    except Exception as error:  # whatever the compilers of this GPU and this version of jax raise
        reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
    warnings.warn(
        f"The LSTM of {units} units in {dtype} runs as a scan, which is slower, because its kernel "
        f"fails on {jax.devices()[0].device_kind} ({reason}).",
        stacklevel=2,
    )
    return False


def _difference(dtype: str, units: int, form: Form = "kernel") -> float:
    """Return the largest difference of outputs and gradients between `form` and the scan."""
    draw = np.random.default_rng(0).normal
    lengths = np.full(BATCH, FRAMES, np.int32)
    lengths[0] = 1

    x = draw(size=(FRAMES, BATCH, 2, 4 * units)).astype(jnp.dtype(dtype))
    recurrent = (draw(size=(2, units, 4 * units)) / np.sqrt(units)).astype(x.dtype)

    def computed(form: Form) -> list[np.ndarray]:
        def both(x, recurrent, lengths):
            y, gradients = jax.vjp(lambda x, w: recurrence(x, w, lengths, form), x, recurrent)
            return y, gradients(jnp.ones_like(y) / BATCH)

        # A layer may be built while a function is traced; a compiled program runs at once even so.
        program = jax.jit(both).lower(x, recurrent, lengths).compile()
        results = jax.tree.leaves(program(x, recurrent, lengths))
        return [np.asarray(one, np.float32) for one in results]

    pairs = zip(computed(form), computed("scan"), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)
