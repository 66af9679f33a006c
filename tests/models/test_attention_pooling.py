"""Pooling by attention, compared with numpy written from the formulas."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.models.layers import (
    AttentiveStatistics,
    FactorisedAttention,
    softmax_over_time,
    valid,
)

LENGTHS = np.array([9, 5, 0])


def drawn(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def softmax(x):
    exponential = np.exp(x - x.max(0))
    return exponential / exponential.sum(0)


def dense(layer, x):
    return x @ np.asarray(layer.kernel[...]) + np.asarray(layer.bias[...])


def test_weights_add_up_to_one_over_the_valid_frames_alone():
    weights = np.asarray(softmax_over_time(drawn(3, 9, 2), valid(jnp.asarray(LENGTHS), 9)))
    np.testing.assert_allclose(weights.sum(1), [[1, 1], [1, 1], [0, 0]], rtol=1e-6)
    assert not weights[1, 5:].any()


def test_attentive_statistics_are_weighted_means_and_deviations():
    pool = AttentiveStatistics(4, 3, nnx.Rngs(0))
    x = drawn(3, 9, 4)
    result = pool(jnp.asarray(x), valid(jnp.asarray(LENGTHS), 9))
    for row, length in enumerate(LENGTHS[:2]):
        own = x[row, :length]
        weights = softmax(dense(pool.outer, np.tanh(dense(pool.inner, own))))
        mean = (weights * own).sum(0)
        deviation = np.sqrt((weights * (own - mean) ** 2).sum(0) + 1e-5)
        np.testing.assert_allclose(result[row], [*mean, *deviation], atol=1e-5)
    assert np.isfinite(result[2]).all()


def test_factorised_attention_weighs_layers_and_frames_by_head():
    pool = FactorisedAttention(2, 4, nnx.Rngs(0), heads=3, compression=5, outputs=6)
    pool.key_weights[...] = jnp.array([0.3, -1.0])
    pool.value_weights[...] = jnp.array([2.0, 0.5])
    x = drawn(2, 3, 9, 4)
    result = pool(jnp.asarray(x), valid(jnp.asarray(LENGTHS), 9))
    for row, length in enumerate(LENGTHS[:2]):
        own = x[:, row, :length]
        keys = np.tensordot(softmax(np.array([0.3, -1.0])), own, 1)
        values = dense(pool.values, np.tensordot(softmax(np.array([2.0, 0.5])), own, 1))
        weights = softmax(dense(pool.attention, dense(pool.keys, keys)))
        expected = dense(pool.outputs, (weights.T @ values).ravel())
        np.testing.assert_allclose(result[row], expected, atol=1e-5)


def test_the_published_head_has_the_published_number_of_parameters():
    pool = nnx.eval_shape(lambda: FactorisedAttention(13, 768, nnx.Rngs(0)))
    assert sum(leaf.size for leaf in jax.tree.leaves(nnx.state(pool))) == 1_249_850


@pytest.mark.parametrize(
    "pool",
    [
        AttentiveStatistics(4, 3, nnx.Rngs(0)),
        FactorisedAttention(1, 4, nnx.Rngs(0), heads=2, compression=3, outputs=4),
    ],
    ids=["statistics", "factorised"],
)
def test_padding_changes_neither_the_result_nor_the_gradient(pool):
    x, mask = jnp.asarray(drawn(3, 9, 4)), valid(jnp.asarray(LENGTHS), 9)

    def total(x):
        return pool(x[None] if isinstance(pool, FactorisedAttention) else x, mask).sum()

    gradient = jax.grad(total)(x)
    assert np.isfinite(gradient).all()
    assert not np.asarray(gradient)[~np.asarray(mask)].any()
    np.testing.assert_allclose(total(jnp.where(mask[..., None], x, 1e4)), total(x), rtol=1e-6)
