"""Cross-entropies of numbers that can be checked by hand."""

import math

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy, CrossEntropy, Focal


def loss_of(score, label, **options):
    output = Output(score=jnp.asarray([score]))
    return float(BinaryCrossEntropy(**options)(output, jnp.asarray([label]))[0])


def test_an_undecided_score_costs_one_bit():
    assert loss_of(0.0, 1) == pytest.approx(math.log(2))
    assert loss_of(0.0, 0) == pytest.approx(math.log(2))


def test_a_high_score_is_cheap_for_bona_fide_and_dear_for_spoof():
    assert loss_of(5.0, 1) == pytest.approx(math.log1p(math.exp(-5)), rel=1e-5)
    assert loss_of(5.0, 0) == pytest.approx(5 + math.log1p(math.exp(-5)), rel=1e-5)


def test_extreme_scores_stay_finite():
    assert loss_of(1e4, 1) == 0.0
    assert np.isfinite(loss_of(1e4, 0))


def test_class_weights_scale_the_classes():
    assert loss_of(0.0, 1, bonafide_weight=0.9, spoof_weight=0.1) == pytest.approx(
        0.9 * math.log(2)
    )
    assert loss_of(0.0, 0, bonafide_weight=0.9, spoof_weight=0.1) == pytest.approx(
        0.1 * math.log(2)
    )


def test_the_weights_shift_the_log_prior_odds():
    assert BinaryCrossEntropy(0.9, 0.1).log_prior_shift == pytest.approx(math.log(9))
    assert BinaryCrossEntropy().log_prior_shift == 0.0


def test_label_smoothing_moves_the_target_towards_one_half():
    # The target of bona fide is 0.9, where a logit of log 9 has the lowest loss.
    best = loss_of(math.log(9), 1, label_smoothing=0.2)
    assert best == pytest.approx(-0.9 * math.log(0.9) - 0.1 * math.log(0.1), rel=1e-5)
    assert loss_of(math.log(9) + 1, 1, label_smoothing=0.2) > best


@pytest.mark.parametrize(("label", "own"), [(1, 0.8), (0, 0.2)])
def test_cross_entropy_of_two_logits_is_minus_the_log_of_the_softmax(label, own):
    logits = jnp.log(jnp.array([[0.2, 0.8]])) + 5.0
    output = Output(score=logits[:, 1], logits=logits)
    loss = CrossEntropy(bonafide_weight=0.9, spoof_weight=0.1)(output, jnp.array([label]))
    weight = {1: 0.9, 0: 0.1}[label]
    assert float(loss[0]) == pytest.approx(-weight * math.log(own), rel=1e-5)


def test_cross_entropy_refuses_a_model_with_one_output():
    with pytest.raises(ConfigError, match="needs a model with a logit for each class"):
        CrossEntropy()(Output(score=jnp.zeros(1)), jnp.array([1]))


@pytest.mark.parametrize(("score", "label"), [(math.log(3), 1), (-math.log(3), 0)])
def test_the_focal_loss_counts_an_easy_utterance_less(score, label):
    # p = 3/4 for the utterance's own class, so its cross-entropy counts (1/4)^2.
    loss = Focal(gamma=2.0)(Output(score=jnp.array([score])), jnp.array([label]))
    assert float(loss[0]) == pytest.approx(math.log(4 / 3) / 16, rel=1e-5)


def test_the_focal_loss_without_gamma_is_cross_entropy_and_its_gradient_is_finite():
    scores, labels = jnp.array([-200.0, -2.0, 0.0, 3.0, 200.0]), jnp.array([1, 0, 1, 1, 1])
    plain = Focal(gamma=0.0)(Output(scores), labels)
    np.testing.assert_allclose(plain, BinaryCrossEntropy()(Output(scores), labels), rtol=1e-5)
    gradient = jax.grad(lambda x: Focal(gamma=0.5)(Output(x), labels).sum())(scores)
    assert np.isfinite(gradient).all()
