"""Fusion of systems whose errors differ."""

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.fusion import fit_fusion
from spoofjax.evaluation.metrics import eer


@pytest.fixture
def systems():
    """Scores (utterances, systems): the second is ten times as large and a little better."""
    random = np.random.default_rng(0)
    labels = np.arange(2_000) % 2
    noise = random.normal(size=(2_000, 2))
    return (np.array([1.7, 2.0]) * labels[:, None] + noise) * [1, 10], labels


def rate(scores, labels):
    return eer(scores[labels == 1], scores[labels == 0])[0]


@pytest.mark.parametrize("method", ["equal", "logistic"])
def test_a_fusion_is_better_than_each_system(systems, method):
    scores, labels = systems
    fused = fit_fusion(scores, labels, method)(scores)
    assert rate(fused, labels) < min(rate(column, labels) for column in scores.T)


def test_equal_weights_divide_by_the_deviation_alone(systems):
    scores, labels = systems
    fusion = fit_fusion(scores, labels, "equal")
    np.testing.assert_allclose(fusion.weights, 1 / scores.std(axis=0))
    assert fusion.offset == 0


def test_logistic_weights_follow_the_quality_of_the_systems(systems):
    # For Gaussian classes the ideal weight is distance / variance: 1.7 / 1 and 20 / 100.
    scores, labels = systems
    first, second = fit_fusion(scores, labels, "logistic").weights
    assert first == pytest.approx(1.7, rel=0.15)
    assert second == pytest.approx(0.2, rel=0.15)


def test_systems_without_information_are_refused(systems):
    scores, labels = systems
    with pytest.raises(ScoreError, match="at least two systems"):
        fit_fusion(scores[:, :1], labels, "equal")
    scores[:, 1] = 3
    with pytest.raises(ScoreError, match="System 2 gives all"):
        fit_fusion(scores, labels, "equal")
