"""The ranking loss compares a bona fide utterance with the spoof beside it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy, PairRanking
from spoofjax.training.losses.ranking import ranked

SCORES = jnp.array([2.0, -1.0, 0.5, 1.5, 0.0, 3.0, 1.0])
LABELS = jnp.array([1, 0, 1, 0, 0, 1, 1])
rank = jax.jit(ranked, static_argnums=(2, 3))


def test_pairs_are_neighbours_of_which_the_first_is_bona_fide():
    hinge = rank(SCORES, LABELS, 1.0, "hinge")
    # The differences are 3 and -1; the third pair is the wrong way round, the last has no partner.
    np.testing.assert_allclose(hinge, [0, 0, 2, 2, 0, 0, 0])
    logistic = rank(SCORES, LABELS, 1.0, "logistic")
    expected = [*np.log1p(np.exp([-2, -2, 2, 2])), 0, 0, 0]
    np.testing.assert_allclose(logistic, expected, rtol=1e-6)


def test_the_ranking_is_added_to_the_classification():
    loss = PairRanking(weight=2.0)
    output = Output(SCORES)
    expected = BinaryCrossEntropy()(output, LABELS) + 2 * rank(SCORES, LABELS, 1.0, "logistic")
    np.testing.assert_allclose(loss(output, LABELS), expected, rtol=1e-6)
    assert loss.compares_utterances


def test_the_gradient_moves_a_pair_apart_and_leaves_others_alone():
    total = jax.jit(jax.grad(lambda scores: ranked(scores, LABELS, 1.0, "logistic").sum()))
    gradient = total(SCORES)
    assert np.all(np.sign(gradient) == [-1, 1, -1, 1, 0, 0, 0])


def test_impossible_options_of_a_ranking_are_named():
    with pytest.raises(ConfigError, match="kind='cosine'"):
        PairRanking(kind="cosine")  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match="weight=-1"):
        PairRanking(weight=-1)
