"""Decisions: thresholds and likelihood ratios, from the EER or from a calibration and costs."""

import math

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import fit
from spoofjax.evaluation.decision import (
    calibrated,
    costs_rejecting,
    decision_at_eer,
    to_llr,
    with_calibration,
)
from spoofjax.evaluation.metrics import Costs

COSTS = Costs(p_spoof=0.5, miss=1.0, false_alarm=1.0)


def trials(separation):
    """20,000 scores of two normal classes; the true log-likelihood ratio is separation * score."""
    labels = np.repeat([0, 1], 10_000)
    noise = np.random.default_rng(1).standard_normal(20_000)
    return noise + separation * (labels - 0.5), labels


def test_without_a_calibration_the_threshold_on_dev_is_the_neutral_point():
    decision = decision_at_eer(threshold=0.3, prior=0.2, log_prior_shift=math.log(9))
    llr = to_llr(decision, np.array([0.0, 0.3, 1.0]))
    np.testing.assert_allclose(llr, [-0.3, 0.0, 0.7])
    assert decision["log_prior_odds"] == pytest.approx(math.log(9 / 4))


def test_a_calibration_moves_the_threshold_to_that_of_the_costs():
    scores, labels = trials(2.0)
    decision = calibrated(decision_at_eer(9.0, 0.5, 0.0), scores, labels, COSTS)
    assert decision["abstain"] is None
    assert decision["prior"] == 0.5
    at_threshold = to_llr(decision, np.array([decision["threshold"]]))
    np.testing.assert_allclose(at_threshold, [0.0], atol=1e-12)  # equal costs and classes
    np.testing.assert_allclose(to_llr(decision, np.array([1.0])), [2.0], atol=0.1)


def test_scores_around_the_threshold_get_no_verdict_when_that_is_cheaper():
    scores, labels = trials(2.0)
    decision = calibrated(decision_at_eer(9.0, 0.5, 0.0), scores, labels, COSTS, abstain_cost=0.1)
    low, high = decision["abstain"]
    assert low < decision["threshold"] < high


def test_scores_in_the_wrong_order_are_refused():
    scores, labels = trials(-2.0)
    with pytest.raises(ScoreError, match="reverse the order"):
        calibrated(decision_at_eer(0.0, 0.5, 0.0), scores, labels, COSTS)


@pytest.mark.parametrize(("share", "rejected"), [(0.0, 0), (0.1, 1000), (0.12345, 1234)])
def test_a_share_of_bona_fide_speech_to_reject_sets_the_cost_of_a_miss(share, rejected):
    scores, labels = trials(2.0)
    calibration = fit(scores, labels)
    costs = costs_rejecting(calibration, scores[labels == 1], share, Costs())
    assert (costs.p_spoof, costs.false_alarm) == (0.05, 10.0)
    decision = with_calibration(decision_at_eer(9.0, 0.5, 0.0), calibration, costs)
    assert (scores[labels == 1] < decision["threshold"]).sum() == rejected


@pytest.mark.parametrize("share", [-0.1, 1.0, math.nan])
def test_a_share_that_is_none_is_refused(share):
    scores, labels = trials(2.0)
    with pytest.raises(ScoreError, match="rejected share"):
        costs_rejecting(fit(scores, labels), scores[labels == 1], share, Costs())
