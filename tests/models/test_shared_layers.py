"""Batch norm, pooling, convolution, dropout and standardisation, each against its definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from hypothesis import given, settings
from hypothesis import strategies as st
from jax import lax

from spoofjax.errors import ConfigError, TrainingError
from spoofjax.models.layers import (
    BatchNorm,
    ConvBlock,
    Dropout,
    Standardize,
    convolve,
    final_states,
    max_pool,
    mean_over_time,
    slot_keys,
    statistics_over_time,
    valid,
    zero_padding,
)


def normal(*shape, seed=0):
    return jnp.asarray(np.random.default_rng(seed).normal(size=shape), jnp.float32)


def test_batch_norm_counts_real_frames_only():
    x, lengths = 3 + 2 * normal(4, 9, 6), jnp.array([9, 5, 1, 3])
    mask = valid(lengths, 9)
    norm = BatchNorm(6)
    y = norm(x, mask, train=True)
    real = np.asarray(x)[np.asarray(mask)]
    mean, variance = real.mean(0), real.var(0)
    expected = (real - mean) / np.sqrt(variance + 1e-5)
    np.testing.assert_allclose(np.asarray(y)[np.asarray(mask)], expected, atol=1e-5)
    np.testing.assert_allclose(norm.mean[...], 0.1 * mean, rtol=1e-5)
    np.testing.assert_allclose(norm.variance[...], 0.9 + 0.1 * variance, rtol=1e-5)


def test_batch_norm_over_bins_counts_every_bin_of_a_real_frame():
    x, mask = normal(2, 5, 3, 4), valid(jnp.array([5, 2]), 5)
    norm = BatchNorm(4)
    norm(x, mask, train=True)
    real = np.asarray(x)[np.asarray(mask)].reshape(-1, 4)
    np.testing.assert_allclose(norm.mean[...], 0.1 * real.mean(0), atol=1e-6)


def test_batch_norm_evaluates_with_its_running_statistics_and_leaves_them():
    norm = BatchNorm(3)
    norm.mean[...], norm.variance[...] = jnp.array([1.0, 2, 3]), jnp.array([4.0, 4, 4])
    norm.scale[...], norm.bias[...] = jnp.full(3, 2.0), jnp.full(3, -1.0)
    x = normal(2, 4, 3)
    y = norm(x, None, train=False)
    np.testing.assert_allclose(y, (x - jnp.array([1.0, 2, 3])) / 2 * 2 - 1, atol=1e-5)
    np.testing.assert_array_equal(norm.mean[...], [1, 2, 3])


def test_batch_norm_without_any_real_frame_stays_finite():
    norm = BatchNorm(3)
    y = norm(normal(2, 4, 3), valid(jnp.zeros(2, jnp.int32), 4), train=True)
    assert np.all(np.isfinite(y))
    assert np.all(np.isfinite(norm.variance[...]))


@given(
    shape=st.tuples(st.integers(1, 2), st.integers(1, 7), st.integers(1, 5)),
    axis=st.integers(1, 2),
    size=st.integers(1, 4),
    seed=st.integers(0, 2**16),
)
@settings(max_examples=12, deadline=None)
@pytest.mark.slow
def test_max_pool_is_the_windowed_maximum(shape, axis, size, seed):
    size = min(size, shape[axis])
    x = np.random.default_rng(seed).integers(0, 5, shape).astype(np.float32)
    kept = shape[axis] // size * size
    windows = np.split(x.take(range(kept), axis), kept // size, axis)
    expected = np.concatenate([w.max(axis, keepdims=True) for w in windows], axis)
    np.testing.assert_array_equal(max_pool(jnp.asarray(x), axis, size), expected)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_gradient_of_max_pool_is_that_of_reduce_window(size):
    x, direction = normal(2, 8, 3), normal(2, 8 // size, 3, seed=1)

    def windowed(x):
        y = lax.reduce_window(x, -jnp.inf, lax.max, (1, size, 1), (1, size, 1), "VALID")
        return (y * direction).sum()

    ours = jax.grad(lambda x: (max_pool(x, 1, size) * direction).sum())(x)
    np.testing.assert_array_equal(ours, jax.grad(windowed)(x))


def test_gradient_of_max_pool_goes_to_the_first_of_equals():
    gradient = jax.grad(lambda x: max_pool(x, 0, 3).sum())(jnp.array([1.0, 2, 2, 5, 5, 5, 9]))
    np.testing.assert_array_equal(gradient, [0, 1, 0, 1, 0, 0, 0])


@pytest.mark.parametrize("train", [False, True])
@pytest.mark.parametrize(("size", "pool"), [((3,), (2,)), ((3, 3), (3, 2)), ((3,), (1,))])
def test_block_is_the_maximum_of_its_norm_whatever_the_sign_of_the_scale(size, pool, train):
    block = ConvBlock(3, 4, size, pool, nnx.Rngs(0), convolutions=2)
    block.norms[1].scale = nnx.Param(jnp.array([1.5, -0.5, 0.1, -2]))
    block.norms[1].bias = nnx.Param(jnp.array([0.1, 0.2, 0.3, 0.4]))
    x, lengths = normal(2, 9, *(6,)[: len(size) - 1], 3), jnp.array([9, 4])

    def in_order(block, x):
        mask = valid(lengths, 9)
        for convolution, norm in zip(block.convolutions, block.norms, strict=True):
            x = convolution(zero_padding(x, mask))
            x = jax.nn.relu(norm(x, mask, train=train))
        return block.pool(x)

    def with_gradients(function):
        graph, params, constants = nnx.split(block, nnx.Param, ...)

        def loss(params, x):
            y = function(nnx.merge(graph, params, constants, copy=True), x)
            return jnp.square(y).sum(), y

        return jax.grad(loss, (0, 1), has_aux=True)(params, x)

    actual = with_gradients(lambda block, x: block(x, lengths, train=train)[0])
    expected = with_gradients(in_order)
    for a, b in zip(jax.tree.leaves(actual), jax.tree.leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-4)


def test_statistics_over_time_skip_padded_frames():
    x, lengths = normal(3, 6, 4), [6, 2, 1]
    mask = valid(jnp.array(lengths), 6)
    statistics = statistics_over_time(x, mask)
    for row, length in enumerate(lengths):
        real = np.asarray(x[row, :length])
        expected = [*real.mean(0), *np.sqrt(real.var(0) + 1e-5)]
        np.testing.assert_allclose(statistics[row], expected, atol=1e-5)


def test_final_states_are_the_last_frame_forward_and_the_first_backward():
    x, lengths = normal(3, 6, 4), [6, 2, 1]
    ends = final_states(x, jnp.array(lengths), bidirectional=True)
    for row, length in enumerate(lengths):
        np.testing.assert_array_equal(ends[row, :2], x[row, length - 1, :2])
        np.testing.assert_array_equal(ends[row, 2:], x[row, 0, 2:])
    one_way = final_states(x, None, bidirectional=False)
    np.testing.assert_array_equal(one_way, x[:, -1])


def test_statistics_of_constant_channels_have_a_finite_gradient():
    gradient = jax.grad(lambda x: statistics_over_time(x, None).sum())(jnp.ones((1, 4, 2)))
    assert np.all(np.isfinite(gradient))


def test_mean_over_time_of_nothing_is_zero():
    mask = valid(jnp.array([0]), 4)
    np.testing.assert_array_equal(mean_over_time(normal(1, 4, 3), mask), np.zeros((1, 3)))


@pytest.mark.parametrize("size", [(3,), (4,), (1, 1), (3, 3), (5, 5), (2, 3)])
def test_convolution_and_its_gradients_are_sums_over_taps(size):
    space = (7, 6)[: len(size)]
    x, kernel = normal(2, *space, 3), normal(*size, 3, 4, seed=2)
    direction = normal(2, *space, 4, seed=1)

    def taps(x, kernel):
        widths = [((n - 1) // 2, n // 2) for n in size]
        padded = jnp.pad(x, [(0, 0), *widths, (0, 0)])
        total = 0
        for tap in np.ndindex(*size):
            slices = tuple(slice(k, k + n) for k, n in zip(tap, space, strict=True))
            total = total + padded[(slice(None), *slices)] @ kernel[tap]
        return total

    def with_gradients(function):
        y, pull = jax.vjp(function, x, kernel)
        return y, *pull(direction)

    ours, expected = (jax.jit(lambda f=f: with_gradients(f))() for f in (convolve, taps))
    for a, b in zip(ours, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)


def test_dropout_keeps_the_mean_and_the_stated_share():
    layer = Dropout(0.3)
    x = jnp.ones((8, 5000))
    y = np.asarray(layer(x, train=True, key=jax.random.key(0)))
    assert set(np.unique(y)) == {0, np.float32(1 / 0.7)}
    assert abs((y == 0).mean() - 0.3) < 0.01


def test_dropout_of_a_slot_does_not_depend_on_the_batch_around_it():
    layer, x, key = Dropout(0.5), jnp.ones((6, 40)), jax.random.key(3)
    dropped = layer(x, train=True, key=key)
    np.testing.assert_array_equal(dropped[:2], layer(x[:2], train=True, key=key))
    assert np.any(dropped[0] != dropped[1])


def test_dropout_of_a_part_takes_the_keys_of_its_slots():
    layer, x, key = Dropout(0.5), jnp.ones((6, 40)), jax.random.key(3)
    part = jnp.array([4, 1])
    dropped = layer(x[part], train=True, key=slot_keys(key, part))
    np.testing.assert_array_equal(dropped, layer(x, train=True, key=key)[part])


def test_dropout_is_off_in_evaluation_and_asks_for_its_key_in_training():
    layer, x = Dropout(0.5), jnp.ones((2, 3))
    assert layer(x, train=False, key=None) is x
    with pytest.raises(TrainingError, match="key"):
        layer(x, train=True, key=None)


def test_standardize_takes_statistics_and_survives_constant_coefficients():
    layer = Standardize(2)
    x = normal(2, 3, 2)
    np.testing.assert_array_equal(layer(x), x)
    layer.set(np.array([1, 2]), np.array([2, 0]))
    np.testing.assert_allclose(layer(x)[..., 0], (x[..., 0] - 1) / 2, rtol=1e-6)
    assert np.all(np.isfinite(layer(x)))
    assert not jax.tree.leaves(nnx.state(layer, nnx.Param))
    with pytest.raises(ConfigError, match="2 coefficients"):
        layer.set(np.zeros(3), np.ones(3))
