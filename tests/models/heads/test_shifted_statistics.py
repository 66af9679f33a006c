"""Uncertain statistics over time (DSU), an option of MHFA."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.errors import TrainingError
from spoofjax.models.layers import slot_keys, valid
from spoofjax.models.networks.heads.shifted_statistics import ShiftedStatistics

BATCH, FRAMES, CHANNELS = 64, 20, 3
KEY = jax.random.key(3)
# Half the compilation time; these programs run once or twice.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})


@functools.partial(quick_jit, static_argnums=0)
def shifted(probability, x, key):
    return ShiftedStatistics(probability)(x, None, train=True, key=key)


@pytest.fixture(scope="module")
def x():
    drawn = np.random.default_rng(1).normal(size=(BATCH, FRAMES, CHANNELS))
    return jnp.asarray(drawn + np.linspace(0, 4, BATCH)[:, None, None], jnp.float32)


def test_evaluation_and_a_probability_of_zero_change_nothing(x):
    assert ShiftedStatistics(0.5)(x, None, train=False, key=None) is x
    assert ShiftedStatistics(0.0)(x, None, train=True, key=None) is x
    with pytest.raises(TrainingError, match="random key"):
        ShiftedStatistics(0.5)(x, None, train=True, key=None)


def test_the_mean_moves_by_the_deviation_of_the_batch(x):
    moved = shifted(1.0, x, KEY)
    shifts = np.asarray(moved.mean(1) - x.mean(1))
    spread = np.asarray(x.mean(1)).std(0, ddof=1)
    np.testing.assert_allclose(shifts.std(0) / spread, 1, atol=0.3)

    # Only mean and deviation change: what remains is the same up to its sign.
    def shape(x):
        x = np.asarray(x)
        return np.abs((x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True))

    np.testing.assert_allclose(shape(moved), shape(x), atol=1e-2)


def test_half_of_the_utterances_change(x):
    moved = shifted(0.5, x, KEY)
    is_same = np.asarray((moved == x).all((1, 2)))
    assert 0.3 < is_same.mean() < 0.7


def test_an_utterance_draws_the_same_whatever_part_of_the_batch_a_device_has(x):
    keys = slot_keys(KEY, jnp.arange(BATCH))
    mask = valid(jnp.full(BATCH, 15), FRAMES)
    layer = ShiftedStatistics(1.0)
    layer.axis_name = "batch"

    @functools.partial(jax.vmap, axis_name="batch")
    def on_a_device(x, mask, keys):
        return layer(x, mask, train=True, key=keys)

    def by(devices):
        arrays = [a.reshape(devices, -1, *a.shape[1:]) for a in (x, mask, keys)]
        return quick_jit(on_a_device)(*arrays).reshape(x.shape)

    np.testing.assert_allclose(by(2), by(1), atol=1e-5)
