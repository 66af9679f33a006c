"""Losses of numbers that can be checked by hand."""

import math

import jax.numpy as jnp
import numpy as np
import pytest

from spoofjax.models.output import Output
from spoofjax.training.losses import BinaryCrossEntropy


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
