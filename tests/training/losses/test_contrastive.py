"""The supervised contrastive loss on embeddings whose cosines are known."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy, SupervisedContrastive
from spoofjax.training.losses.contrastive import contrastive

# Two bona fide embeddings in one direction, two spoofs at right angles to them and to each other.
EMBEDDINGS = jnp.array([[1.0, 0, 0], [2.0, 0, 0], [0, 3.0, 0], [0, 0, 1.0]])
LABELS = jnp.array([1, 1, 0, 0])
contrast = jax.jit(contrastive, static_argnums=2)


def test_an_utterance_costs_the_log_share_of_its_class_among_the_others():
    near, far = math.exp(1 / 0.5), 1.0
    bonafide, spoof = -math.log(near / (near + 2 * far)), -math.log(1 / 3)
    losses = contrast(EMBEDDINGS, LABELS, 0.5)
    np.testing.assert_allclose(losses, [bonafide, bonafide, spoof, spoof], rtol=1e-5)


def test_an_utterance_alone_in_its_class_costs_nothing():
    losses = contrast(EMBEDDINGS[:3], LABELS[:3], 0.5)
    assert float(losses[2]) == 0.0
    assert float(losses[0]) > 0


def test_the_weighted_contrast_is_added_to_the_classification():
    output = Output(jnp.array([1.0, 2.0, -1.0, 0.5]), embedding=EMBEDDINGS)
    loss = SupervisedContrastive(weight=0.5, temperature=0.5)
    expected = BinaryCrossEntropy()(output, LABELS) + 0.5 * contrast(EMBEDDINGS, LABELS, 0.5)
    np.testing.assert_allclose(loss(output, LABELS), expected, rtol=1e-6)
    classes = BinaryCrossEntropy(0.9, 0.1)
    assert SupervisedContrastive(classification=classes).log_prior_shift == classes.log_prior_shift


def test_the_gradient_is_finite_even_for_equal_and_for_zero_embeddings():
    gradient = jax.jit(jax.grad(lambda x: contrastive(x, LABELS, 0.07).sum()))
    for embeddings in (jnp.zeros((4, 3)), jnp.ones((4, 3))):
        assert np.isfinite(gradient(embeddings)).all()


def test_a_model_without_an_embedding_is_refused():
    with pytest.raises(ConfigError, match="returns an embedding"):
        SupervisedContrastive()(Output(jnp.zeros(4)), LABELS)
