"""Keys that the host derives are jax's own, to the bit."""

import jax
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st

from spoofjax.models.layers.keys import HostRngs, run_key


def words(key):
    return np.asarray(jax.random.key_data(key)).tolist()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31 - 1), st.integers(1, 4))
def test_every_stream_gives_the_keys_of_flax(seed, draws):
    ours, flax = HostRngs(seed), nnx.Rngs(seed)
    for _ in range(draws):
        assert words(ours.params()) == words(flax.params())
    assert words(ours()) == words(flax())
    assert int(ours.default.count[...]) == draws + 1


@pytest.mark.parametrize("seed", [-1, 0, 2**31 - 1])
def test_the_key_of_a_run_is_that_of_jax(seed):
    assert words(run_key(seed)) == words(jax.random.key(seed))


def test_they_serve_flax_layers_forks_and_traced_builds():
    linear, same = (nnx.Linear(3, 4, rngs=rngs) for rngs in (HostRngs(5), nnx.Rngs(5)))
    assert np.array_equal(linear.kernel[...], same.kernel[...])
    assert words(HostRngs(5).fork().params()) == words(nnx.Rngs(5).fork().params())
    assert words(jax.jit(lambda: HostRngs(5)())()) == words(nnx.Rngs(5)())
    assert nnx.eval_shape(lambda: nnx.Linear(3, 4, rngs=HostRngs(5))).kernel.shape == (3, 4)


def test_another_generator_is_left_to_jax():
    with jax.default_prng_impl("rbg"):
        assert words(HostRngs(5).params()) == words(nnx.Rngs(5).params())
