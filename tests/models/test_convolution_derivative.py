"""The CPU's derivative of convolve equals that of lax, in an order that XLA computes fast."""

import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax

from spoofjax.models.layers import convolve
from spoofjax.models.layers.convolution import kernel_gradient, utterances_at_once

pytestmark = pytest.mark.skipif(jax.default_backend() != "cpu", reason="for XLA's CPU compiler")

SIZES = [(3,), (4,), (2, 3), (5, 4), (3, 1)]


def normal(*shape, seed=0, dtype="float32"):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), dtype)


def operands(size, batch=6, dtype="float32"):
    space = (9, 7)[: len(size)]
    x, kernel = normal(batch, *space, 3, dtype=dtype), normal(*size, 3, 5, seed=1, dtype=dtype)
    return x, kernel, normal(batch, *space, 5, seed=2, dtype=dtype)


def plain(x, kernel):
    space = "HW"[: kernel.ndim - 2]
    numbers = (f"N{space}C", f"{space}IO", f"N{space}C")
    return lax.conv_general_dilated(x, kernel, (1,) * len(space), "SAME", dimension_numbers=numbers)


def with_gradients(function, x, kernel, direction):
    y, pull = jax.vjp(function, x, kernel)
    return y, *pull(direction)


@pytest.mark.parametrize("size", SIZES)
def test_derivatives_are_those_of_plain_differentiation(size):
    result = with_gradients(convolve, *operands(size))
    expected = with_gradients(plain, *operands(size))
    np.testing.assert_array_equal(result[0], expected[0])
    for a, b in zip(result[1:], expected[1:], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("size", [(3, 3), (2, 4), (1, 9)])
def test_a_map_of_one_channel_is_convolved_as_lax_does_it(size, dtype):
    x, kernel = normal(6, 9, 7, 1, dtype=dtype), normal(*size, 1, 5, seed=1, dtype=dtype)
    direction = normal(6, 9, 7, 5, seed=2, dtype=dtype)
    result = with_gradients(convolve, x, kernel, direction)
    exact = with_gradients(plain, *(a.astype("float32") for a in (x, kernel, direction)))
    nearly = {"float32": 1e-4, "bfloat16": 0.02}[dtype]
    for a, b in zip(result, exact, strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a.astype("float32"), b, rtol=nearly, atol=5 * nearly)


@pytest.mark.parametrize("size", [(3,), (4, 3)])
def test_derivatives_of_bfloat16_are_those_of_float32_rounded(size):
    result = with_gradients(convolve, *operands(size, dtype="bfloat16"))
    exact = with_gradients(plain, *(a.astype("float32") for a in operands(size, dtype="bfloat16")))
    for a, b in zip(result, exact, strict=True):
        assert a.dtype == jnp.bfloat16
        np.testing.assert_allclose(a.astype("float32"), b, rtol=0.02, atol=0.1)


@pytest.mark.parametrize("part", [1, 2, 3, 6])
@pytest.mark.parametrize("size", [(3,), (2, 3)])
def test_kernel_gradient_is_the_same_for_any_part_of_the_batch(size, part):
    x, kernel, direction = operands(size)
    result = jax.jit(lambda x, y: kernel_gradient(x, y, size, part))(x, direction)
    expected = jax.vjp(plain, x, kernel)[1](direction)[1]
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("batch", "size", "part"),
    [
        (64, 200_000, 8),
        (64, 2**20, 2),
        (64, 2**30, 2),
        (6, 600_000, 3),
        (61, 200_000, 61),
        (1, 9, 1),
    ],
)
def test_parts_divide_the_batch_and_fit_the_cache_where_two_do(batch, size, part, monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 1)
    assert utterances_at_once(batch, size) == part


def test_several_devices_meet_once_and_not_after_every_part(monkeypatch):
    monkeypatch.setattr(jax, "device_count", lambda: 2)
    assert utterances_at_once(64, 2**30) == 64


@pytest.mark.parametrize("size", [(3,), (3, 3)])
@pytest.mark.parametrize("devices", [1, 2])
def test_gradients_inside_a_scan_stay_in_the_order_that_the_cpu_computes_fast(
    size, devices, monkeypatch
):
    monkeypatch.setattr(jax, "device_count", lambda: devices)
    _, kernel, _ = operands(size)
    batches = jnp.stack([operands(size)[0]] * 4)

    def loss(kernels, x):
        return jnp.square(convolve(convolve(x, kernels[0]), kernels[1])).sum()

    def accumulated(kernels, batches):
        def add(total, x):
            return jax.tree.map(jnp.add, total, jax.grad(loss)(kernels, x)), None

        return lax.scan(add, jax.tree.map(jnp.zeros_like, kernels), batches)[0]

    kernels = kernel, normal(*size, 5, 4, seed=3)
    compiled = jax.jit(accumulated).lower(kernels, batches).compile().as_text() or ""
    orders = re.findall(r"convolution\(.*dim_labels=(\S+?)[,\s]", compiled)
    space = "01"[: len(size)]
    assert len(orders) == 5, "two forward, two by their kernels, one by its input"
    assert set(orders) == {f"b{space}f_{space}io->b{space}f"}
