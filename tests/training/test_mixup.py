"""Mixup: what is mixed with what, and what the mixture costs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.config_files import checked
from spoofjax.corpora import ASVspoof5
from spoofjax.defaults import experiment
from spoofjax.errors import ConfigError
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy, SupervisedContrastive
from spoofjax.training.mixup import loss_of, mixed
from spoofjax.training.step import Inputs

BATCH = 8


@pytest.fixture(scope="module")
def inputs():
    # The features of slot n are all n, so that a mixture tells which slots it consists of.
    features = jnp.broadcast_to(jnp.arange(BATCH, dtype=jnp.float32)[:, None, None], (BATCH, 5, 3))
    lengths = jnp.array([5, 4, 3, 5, 5, 2, 5, 1])
    return Inputs(features, lengths, jnp.arange(BATCH) % 2)


@pytest.fixture(scope="module")
def mix(inputs):
    """A compiled function that mixes the batch in a step of the given number."""
    compiled = jax.jit(lambda step: mixed(inputs, 0.4, jax.random.fold_in(jax.random.key(3), step)))
    return lambda step: jax.device_get(compiled(step))


@pytest.fixture(scope="module")
def batch(mix):
    return mix(0)


def test_features_lengths_and_labels_are_those_of_two_utterances(inputs, batch):
    slots = np.arange(BATCH)
    share = np.asarray(batch.mixture.share)
    assert ((share >= 0) & (share <= 1)).all()
    other = np.rint((batch.features[:, 0, 0] - share * slots) / np.maximum(1 - share, 1e-6))
    is_clear = share < 0.999  # otherwise rounding hides the other utterance
    other = other[is_clear].astype(int)
    assert len(set(other.tolist())) == len(other)  # each utterance is mixed in once
    expected = np.minimum(inputs.lengths[is_clear], inputs.lengths[other])
    np.testing.assert_array_equal(batch.lengths[is_clear], expected)
    np.testing.assert_array_equal(batch.mixture.labels[is_clear], inputs.labels[other])
    np.testing.assert_array_equal(batch.labels, inputs.labels)


def test_a_step_always_mixes_alike_and_another_step_differently(mix, batch):
    np.testing.assert_array_equal(mix(0).features, batch.features)
    assert np.any(np.abs(mix(1).features - batch.features) > 0.1)


def test_the_loss_of_a_mixture_is_that_of_its_mixed_label(batch):
    score = jnp.linspace(-2, 2, BATCH)
    target = batch.mixture.share * batch.labels + (1 - batch.mixture.share) * batch.mixture.labels
    expected = jnp.logaddexp(0, score) - target * score
    loss = loss_of(BinaryCrossEntropy(), Output(score), batch)
    np.testing.assert_allclose(loss, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mixup": 0.0}, "must be positive"),
        ({"mixup": 0.4, "loss": SupervisedContrastive()}, "compares utterances"),
    ],
)
def test_mixup_that_has_no_meaning_is_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        checked(experiment(ASVspoof5(root="/nowhere"), **changes))
