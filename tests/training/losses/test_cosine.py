"""Losses on angles: their values by hand, and the class vectors that they give a network."""

import functools
import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from spoofjax.models import CNN
from spoofjax.models.output import Output
from spoofjax.training.losses import AMSoftmax, OCSoftmax, P2SGrad, SupervisedContrastive

# Half the compilation time; these programs run but once.
quick_jit = functools.partial(jax.jit, compiler_options={"xla_backend_optimization_level": 0})
BONAFIDE, SPOOF = jnp.array([1]), jnp.array([0])


def cosines(spoof, bonafide, scale=None):
    score = bonafide if scale is None else scale * (bonafide - spoof)
    return Output(jnp.array([score]), logits=jnp.array([[spoof, bonafide]]))


@pytest.mark.parametrize(
    ("cosine", "label", "expected"),
    [
        (0.9, BONAFIDE, math.log(2)),
        (0.2, SPOOF, math.log(2)),
        (0.5, BONAFIDE, math.log1p(math.exp(20 * 0.4))),
        (-0.3, SPOOF, math.log1p(math.exp(-20 * 0.5))),
    ],
)
def test_one_class_softmax_costs_log_2_at_its_margins(cosine, label, expected):
    loss = OCSoftmax()(Output(jnp.array([cosine])), label)
    assert float(loss[0]) == pytest.approx(expected, rel=1e-4)


def test_am_softmax_is_cross_entropy_with_a_margin():
    scaled = np.array([20 * 0.1, 20 * (0.8 - 0.9)])  # of spoof, and of bona fide less the margin
    expected = np.log(np.exp(scaled).sum()) - scaled[1]
    loss = AMSoftmax(margin=0.9, scale=20.0)(cosines(0.1, 0.8, scale=20), BONAFIDE)
    assert float(loss[0]) == pytest.approx(expected, rel=1e-5)
    scaled = np.array([20 * (0.1 - 0.9), 20 * 0.8])
    expected = np.log(np.exp(scaled).sum()) - scaled[0]
    loss = AMSoftmax(margin=0.9, scale=20.0)(cosines(0.1, 0.8, scale=20), SPOOF)
    assert float(loss[0]) == pytest.approx(expected, rel=1e-5)


def test_p2sgrad_adds_the_squared_errors_of_both_cosines():
    assert float(P2SGrad()(cosines(0.1, 0.8), BONAFIDE)[0]) == pytest.approx(0.01 + 0.04)
    assert float(P2SGrad()(cosines(0.1, 0.8), SPOOF)[0]) == pytest.approx(0.81 + 0.64)


@pytest.mark.parametrize(
    ("loss", "vectors"),
    [
        (OCSoftmax(), 1),
        (AMSoftmax(), 2),
        (P2SGrad(), 2),
        (SupervisedContrastive(classification=OCSoftmax()), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_class_vectors_replace_the_last_layer_and_train_with_it(loss, vectors):
    rngs = nnx.Rngs(0)
    network = CNN(channels=(4,), hidden=6, dropout=0.0).build(5, rngs)
    loss.prepare(network, rngs)
    graph, params, rest = nnx.split(network, nnx.Param, ...)
    names = {"/".join(map(str, path)) for path, _ in nnx.to_flat_state(params)}
    assert "replaced_head/vectors" in names
    assert not any(name.startswith("head/") for name in names)
    assert network.replaced_head.vectors.shape == (vectors, 6)

    x = jnp.asarray(np.random.default_rng(0).normal(size=(4, 8, 5)), jnp.float32)
    output = quick_jit(lambda params: nnx.merge(graph, params, rest)(x, None))(params)
    unit = output.embedding / np.linalg.norm(output.embedding, axis=1, keepdims=True)
    centre = np.asarray(network.replaced_head.vectors[...])[-1]
    cosine = unit @ (centre / np.linalg.norm(centre))
    if not isinstance(loss, AMSoftmax):
        np.testing.assert_allclose(output.score, cosine, atol=1e-5)
    else:
        np.testing.assert_allclose(output.logits[:, 1], cosine, atol=1e-5)
        difference = output.logits[:, 1] - output.logits[:, 0]
        np.testing.assert_allclose(output.score, 20 * difference, atol=1e-4)

    def mean_loss(params):
        return loss(nnx.merge(graph, params, rest)(x, None), jnp.array([1, 0, 1, 0])).mean()

    for path, leaf in nnx.to_flat_state(quick_jit(jax.grad(mean_loss))(params)):
        assert np.isfinite(leaf[...]).all(), path
        assert np.any(leaf[...] != 0), path


def test_an_embedding_of_zeros_has_a_finite_gradient():
    rngs = nnx.Rngs(0)
    network = CNN(channels=(4,), hidden=6).build(5, rngs)
    OCSoftmax().prepare(network, rngs)
    head = network.replaced_head
    gradient = quick_jit(jax.grad(lambda x: head(x).score.sum()))(jnp.zeros((2, 6)))
    assert np.isfinite(gradient).all()
