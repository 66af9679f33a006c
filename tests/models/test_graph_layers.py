"""Graph attention and graph pooling, each against its definition."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx
from scipy.special import expit
from scipy.special import softmax as softmax_of

from spoofjax.models.layers import (
    GraphAttention,
    GraphPool,
    HeterogeneousGraphAttention,
    numbered_key,
)


def nodes(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def dense(layer, x):
    return x @ np.asarray(layer.kernel[...]) + np.asarray(layer.bias[...])


def selu(x):
    return 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(np.minimum(x, 0)))


def normalised(x):
    """A new batch norm in evaluation divides by sqrt(1 + 1e-5)."""
    return x / np.sqrt(1 + 1e-5)


def test_graph_attention_weighs_nodes_by_their_products():
    layer = GraphAttention(6, 4, nnx.Rngs(0), temperature=2.0)
    x = nodes(3, 5, 6)
    y = layer(jnp.asarray(x), train=False, key=None)

    pairs = x[:, :, None] * x[:, None]
    logits = np.tanh(dense(layer.attention, pairs)) @ np.asarray(layer.weight[...]) / 2.0
    mixed = softmax_of(logits, axis=-1) @ x
    expected = dense(layer.with_attention, mixed) + dense(layer.without_attention, x)
    np.testing.assert_allclose(y, selu(normalised(expected)), atol=1e-5)


def test_heterogeneous_attention_has_a_vector_for_each_kind_of_pair():
    layer = HeterogeneousGraphAttention(6, 4, nnx.Rngs(1), temperature=100.0)
    first, second, master = nodes(2, 3, 6), nodes(2, 4, 6, seed=1), nodes(1, 1, 6, seed=2)
    outputs = layer(*map(jnp.asarray, (first, second, master)), train=False, key=None)

    x = np.concatenate([dense(layer.first, first), dense(layer.second, second)], axis=1)
    hidden = np.tanh(dense(layer.attention, x[:, :, None] * x[:, None]))
    vectors = [[layer.within_first, layer.across], [layer.across, layer.within_second]]
    logits = np.zeros((2, 7, 7), np.float32)
    for i in range(7):
        for j in range(7):
            logits[:, i, j] = hidden[:, i, j] @ np.asarray(vectors[i >= 3][j >= 3][...])
    mixed = softmax_of(logits / 100, axis=-1) @ x
    y = selu(normalised(dense(layer.with_attention, mixed) + dense(layer.without_attention, x)))
    np.testing.assert_allclose(outputs[0], y[:, :3], atol=1e-5)
    np.testing.assert_allclose(outputs[1], y[:, 3:], atol=1e-5)

    hidden = np.tanh(dense(layer.master_attention, x * master))
    weights = softmax_of(hidden @ np.asarray(layer.master_weight[...]) / 100, axis=-1)
    mixed = (weights[:, None] @ x).reshape(2, 1, 6)
    expected = dense(layer.master_with_attention, mixed)
    expected = expected + dense(layer.master_without_attention, master)
    np.testing.assert_allclose(outputs[2], expected, atol=1e-5)


def test_graph_pool_keeps_the_best_nodes_in_the_order_of_their_scores():
    layer = GraphPool(6, 0.5, nnx.Rngs(2))
    x = nodes(3, 7, 6)
    y = np.asarray(layer(jnp.asarray(x), train=False, key=None))
    scores = expit(dense(layer.score, x)[..., 0])
    assert y.shape == (3, 3, 6)
    for k in range(3):
        best = np.argsort(-scores[k])[:3]
        np.testing.assert_allclose(y[k], x[k, best] * scores[k, best, None], atol=1e-6)


@pytest.mark.parametrize(("least", "kept"), [(1, 1), (2, 2)])
def test_graph_pool_keeps_some_node_of_a_small_graph(least, kept):
    layer = GraphPool(6, 0.1, nnx.Rngs(0), least=least)
    assert layer(jnp.asarray(nodes(1, 5, 6)), train=False, key=None).shape == (1, kept, 6)


@pytest.mark.slow
def test_derivative_that_computes_pairs_again_is_that_of_the_plain_layer():
    layer = GraphAttention(6, 4, nnx.Rngs(0), dropout=0.0)
    # Both calls normalise by the running statistics, so that only the recomputation differs.
    layer.norm.affine = lambda x, mask, train: (jnp.ones(4), jnp.zeros(4))
    graph, state = nnx.split(layer)
    x = jnp.asarray(nodes(2, 5, 6))

    def loss(state, train):
        return jnp.square(nnx.merge(graph, state)(x, train=train, key=None)).sum()

    plain, again = (jax.grad(loss)(state, train) for train in (False, True))
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-5), plain, again)


def test_bfloat16_stays_near_float32():
    x = jnp.asarray(nodes(2, 5, 6))
    y = [
        GraphAttention(6, 4, nnx.Rngs(0), dtype=dtype)(x.astype(dtype), train=False, key=None)
        for dtype in ("float32", "bfloat16")
    ]
    assert y[1].dtype == jnp.bfloat16
    np.testing.assert_allclose(y[0], y[1].astype(jnp.float32), atol=0.05)


def test_numbered_keys_differ_for_each_number_and_utterance():
    key = jax.random.key(0)
    of_slots = jax.random.split(key, 3)
    assert numbered_key(None, 1) is None
    assert numbered_key(key, 1) != numbered_key(key, 2)
    data = jax.random.key_data(numbered_key(of_slots, 1))
    assert data.shape[0] == 3
    assert len(np.unique(data, axis=0)) == 3
