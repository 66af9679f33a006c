"""Reliability and error curves of perfect and of misleading LLRs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.reliability import error_curves, reliability

TRIALS = st.lists(st.floats(-8, 8), min_size=1, max_size=30)


def gaussians(trials=40_000):
    """True LLRs: normal with mean +-2 and variance 4."""
    generator = np.random.default_rng(0)
    labels = (np.arange(trials) % 2 == 0).astype(int)
    return generator.normal(4.0 * labels - 2.0, 2.0), labels


@pytest.mark.parametrize("prior", [0.5, 0.9])
def test_true_llrs_lie_on_the_diagonal_at_any_prior(prior):
    bins = reliability(*gaussians(), prior)
    assert len(bins.trials) == 15
    assert bins.trials.sum() == 40_000
    np.testing.assert_allclose(bins.observed, bins.predicted, atol=0.06)


def test_overconfident_llrs_are_seen_off_the_diagonal():
    llr, labels = gaussians()
    bins = reliability(4 * llr, labels)
    low, high = bins.predicted < 0.2, bins.predicted > 0.8
    assert (bins.observed[low] > bins.predicted[low]).all()
    assert (bins.observed[high] < bins.predicted[high]).all()


@given(TRIALS, TRIALS)
def test_calibration_can_only_help_and_never_beats_the_hull(bonafide, spoof):
    labels = [1] * len(bonafide) + [0] * len(spoof)
    curves = error_curves(bonafide + spoof, labels, np.linspace(-5, 5, 21))
    assert (curves.least <= curves.actual + 1e-12).all()
    assert (curves.least <= curves.blind + 1e-12).all()


def test_the_error_at_even_odds_is_that_of_threshold_zero():
    curves = error_curves([1.0, -1.0, 2.0], [1, 1, 0], [0.0])
    assert curves.actual == pytest.approx([0.5 * 0.5 + 0.5 * 1.0])
    assert curves.blind == [0.5]


def test_one_bin_is_no_curve():
    with pytest.raises(ScoreError, match="at least 2"):
        reliability([1.0, 0.0], [1, 0], bins=1)
