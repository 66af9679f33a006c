"""Which convolution of CNN2D at batch 1,024 needs how much memory, in float32 and bfloat16?

A step of CNN2D in bfloat16 once asked an H100 for 97 GiB, where float32 ran. What the forward pass
keeps, and what each of its convolutions needs by itself, says whether activations or the compiler's
choice of a convolution algorithm, whose workspace counts as temporary memory, are to blame.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from bench.accelerator.kept import kept_gibibytes
from bench.accelerator.session import Session, section
from bench.accelerator.workload import COEFFICIENTS, FRAMES
from spoofjax.models import CNN2D
from spoofjax.models.classifier import Precision
from spoofjax.models.layers import convolve

GIBIBYTE = 2**30
DTYPES: tuple[Precision, ...] = ("float32", "bfloat16")


class Shape(NamedTuple):
    """One convolution of the model."""

    frames: int
    bins: int
    inputs: int
    outputs: int


def convolutions(session: Session) -> None:
    """Note what a step keeps, then what each convolution needs; the first in several forms."""
    batch = 4 if session.quick else 1024
    section(f"memory of CNN2D, batch {batch}")
    for dtype in DTYPES:
        if session.has_time(f"what CNN2D keeps in {dtype}", 10):
            session.note(f"kept by the forward pass, GiB, {dtype}", kept_gibibytes(dtype, batch))
            session.save()
    for name, form in FORMS.items():
        session.note(f"first convolution, {name}, against the compiler's", difference(form))
    # The forms of the first convolution come first: they decide what is to be done.
    first, *others = shapes_of(CNN2D())
    if session.quick:
        others = others[:1]
    for dtype in DTYPES:
        for name, form in FORMS.items():
            one_convolution(session, f"first convolution, {name}", form, first, batch, dtype)
    for dtype, (number, shape) in itertools.product(DTYPES, enumerate(others, 2)):
        one_convolution(session, f"convolution {number}", convolve, shape, batch, dtype)
    if session.quick:
        return
    largest = others[0]
    for dtype in DTYPES:
        one_convolution(session, "convolution 2, in 4 parts", in_parts, largest, batch, dtype)


def shapes_of(model: CNN2D) -> Iterator[Shape]:
    """Yield the convolutions of a model from the first to the last."""
    frames, bins, inputs = FRAMES, COEFFICIENTS, 1
    for outputs, count in zip(model.channels, model.convolutions, strict=True):
        for _ in range(count):
            yield Shape(frames, bins, inputs, outputs)
            inputs = outputs
        frames, bins = frames // model.pool, bins // model.pool


def one_convolution(
    session: Session, label: str, form: Callable, shape: Shape, batch: int, dtype: str
) -> None:
    """Time forward pass and both derivatives by themselves, and note their temporary memory."""
    space = (batch, shape.frames, shape.bins)
    x = jnp.zeros((*space, shape.inputs), dtype)
    y = jnp.zeros((*space, shape.outputs), dtype)
    kernel = jnp.zeros((3, 3, shape.inputs, shape.outputs), dtype)
    programs: dict[str, tuple[Callable, tuple[Any, ...]]] = {
        "forward": (form, (x, kernel)),
        "by the kernel": (lambda x, k, y: jax.vjp(lambda k: form(x, k), k)[1](y), (x, kernel, y)),
        "by the input": (lambda x, k, y: jax.vjp(lambda x: form(x, k), x)[1](y), (x, kernel, y)),
    }
    if shape.inputs == 1:
        del programs["by the input"]  # a step needs no gradient of the features
    for name, (function, arguments) in programs.items():
        what = f"{label}, {name}, {dtype}"
        if session.has_time(what, 8):
            measure(session, what, function, arguments)


def measure(session: Session, what: str, function: Callable, arguments: tuple[Any, ...]) -> None:
    """Compile, note the temporary memory, and time the program unless the device refuses it."""
    try:
        compiled = jax.jit(function).lower(*arguments).compile()
        temporary = getattr(compiled.memory_analysis(), "temp_size_in_bytes", 0)
        session.note(f"temporary GiB: {what}", temporary / GIBIBYTE)
        session.save()
        session.timed(what, lambda: compiled(*arguments))
    except jax.errors.JaxRuntimeError as error:  # out of memory, for one
        session.skip(what, str(error).splitlines()[0])
        session.save()


def difference(form: Callable) -> float:
    """Return the largest difference of a form from `convolve` on a small map of one channel."""
    draw = np.random.default_rng(0).normal
    x = jnp.asarray(draw(size=(2, 12, 10, 1)), jnp.float32)
    kernel = jnp.asarray(draw(size=(3, 3, 1, 16)), jnp.float32)
    with jax.default_matmul_precision("highest"):
        return float(jnp.abs(form(x, kernel) - convolve(x, kernel)).max())


def by_taps(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve a map of one channel as a sum over the taps of the kernel."""
    shifted = shifted_maps(x, kernel.shape[:2])
    taps = kernel.reshape(-1, kernel.shape[-1])
    products = (one * tap for one, tap in zip(shifted, taps, strict=True))
    return functools.reduce(jnp.add, products)


def by_patches(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve a map of one channel as a product of patches and taps."""
    return jnp.concatenate(shifted_maps(x, kernel.shape[:2]), -1) @ kernel.reshape(
        -1, kernel.shape[-1]
    )


def shifted_maps(x: jax.Array, size: tuple[int, ...]) -> list[jax.Array]:
    """Return (batch, frames, bins, 1) as each tap of a kernel of this size sees it."""
    sides = [((n - 1) // 2, n // 2) for n in size]
    padded = jnp.pad(x, ((0, 0), *sides, (0, 0)))
    frames, bins = x.shape[1:3]
    return [padded[:, i : i + frames, j : j + bins] for i, j in np.ndindex(*size)]


def in_parts(x: jax.Array, kernel: jax.Array) -> jax.Array:
    """Convolve a quarter of the batch at a time."""
    parts = x.reshape(4, -1, *x.shape[1:])
    return jax.lax.map(lambda part: convolve(part, kernel), parts).reshape(*x.shape[:3], -1)


FORMS: dict[str, Callable] = {
    "the compiler's": convolve,
    "sum over taps": by_taps,
    "patches and a product": by_patches,
}
