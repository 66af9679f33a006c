"""The draws of dropout are those of jax.random, bit for bit."""

import jax
import numpy as np
import pytest

from spoofjax.models.layers import threefry
from spoofjax.models.layers.threefry import fold_in, uniform

KEYS = jax.random.split(jax.random.key(7), 3)
BY_JAX = jax.vmap(jax.random.fold_in, (0, None))


@pytest.mark.parametrize("shape", [(), (2, 3, 50)])
def test_uniform_numbers_are_those_of_jax(shape):
    expected = jax.vmap(lambda key: jax.random.uniform(key, shape))(KEYS)
    numbers = jax.jit(uniform, static_argnums=1)(KEYS, shape)
    np.testing.assert_array_equal(numbers, expected)


@pytest.mark.parametrize("number", [0, 2**31 + 5])
def test_folded_keys_are_those_of_jax(number):
    folded = jax.jit(fold_in, static_argnums=1)(KEYS, number)
    np.testing.assert_array_equal(
        jax.random.key_data(folded), jax.random.key_data(BY_JAX(KEYS, number))
    )


def test_keys_of_another_generator_are_left_to_jax():
    keys = jax.random.split(jax.random.key(7, impl="rbg"), 2)
    expected = jax.vmap(lambda key: jax.random.uniform(key, ()))(keys)
    np.testing.assert_array_equal(uniform(keys, ()), expected)
    folded = fold_in(keys, 3)
    np.testing.assert_array_equal(jax.random.key_data(folded), jax.random.key_data(BY_JAX(keys, 3)))


def test_other_devices_are_left_to_jax(monkeypatch):
    def refuse(*_):
        raise AssertionError("computed here")

    monkeypatch.setattr(threefry, "_threefry", refuse)
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    expected = jax.vmap(lambda key: jax.random.uniform(key, ()))(KEYS)
    np.testing.assert_array_equal(uniform(KEYS, ()), expected)
