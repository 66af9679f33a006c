"""One rule gives the verdict and P(spoof), so that they never contradict each other."""

import math

import numpy as np
import pytest

from spoofjax.errors import ConfigError
from spoofjax.evaluation.calibration import p_spoof
from spoofjax.evaluation.decision import calibrated, decision_at_eer, to_llr
from spoofjax.evaluation.metrics import Costs
from spoofjax.evaluation.rule import Rule

UNCALIBRATED = decision_at_eer(threshold=3.0, prior=0.2, log_prior_shift=0.0)
LABELS = np.repeat([0, 1], 5_000)
SCORES = np.random.default_rng(1).standard_normal(10_000) + 2 * LABELS
CALIBRATED = calibrated(UNCALIBRATED, SCORES, LABELS, Costs(0.05, 1.0, 10.0))

STATED = [
    {},
    {"prior": 0.9},
    {"prior": 0.01, "cost_miss": 3.0},
    {"cost_false_alarm": 100.0},
    {"threshold": 2.5},
    {"threshold": -4.0, "prior": 0.99},
]


@pytest.mark.parametrize("decision", [UNCALIBRATED, CALIBRATED], ids=["uncalibrated", "calibrated"])
@pytest.mark.parametrize("stated", STATED)
def test_verdict_and_p_spoof_agree(decision, stated):
    rule = Rule.of(decision, **stated)
    for llr in np.linspace(-9, 9, 181).tolist():
        assert (rule.verdict(llr) == "spoof") == (rule.p_spoof(llr) > rule.spoof_above)


def test_without_a_calibration_the_verdict_is_that_of_the_threshold_on_dev():
    rule = Rule.of(UNCALIBRATED)
    assert (rule.prior, rule.threshold, rule.spoof_above) == (0.5, 0.0, 0.5)
    below, at = to_llr(UNCALIBRATED, np.array([2.999, 3.0]))
    assert (rule.verdict(below), rule.verdict(at)) == ("spoof", "bonafide")
    assert "not calibrated" in str(rule)


def test_a_calibration_brings_its_prior_and_costs():
    rule = Rule.of(CALIBRATED)
    assert rule.prior == 0.95
    assert (rule.cost_miss, rule.cost_false_alarm) == (1.0, 10.0)
    assert rule.threshold == pytest.approx(math.log(10 * 0.05 / 0.95))
    assert rule.spoof_above == pytest.approx(1 / 11)
    # Every score gets the verdict that the report counts, at the threshold in raw scores.
    verdicts = [rule.verdict(llr) for llr in to_llr(CALIBRATED, SCORES).tolist()]
    rejected = CALIBRATED["threshold"] > SCORES
    assert verdicts == np.where(rejected, "spoof", "bonafide").tolist()


def test_a_stated_prior_keeps_the_costs_of_the_calibration():
    rule = Rule.of(CALIBRATED, prior=0.5)
    assert rule.threshold == pytest.approx(math.log(10))
    assert rule.p_spoof(0.0) == p_spoof(0.0, 0.5)
    assert "cost 1 of rejecting bona fide speech and 10 of accepting a spoof" in str(rule)


def test_the_band_without_a_verdict_follows_the_prior():
    decision = calibrated(UNCALIBRATED, SCORES, LABELS, Costs(0.5, 1.0, 1.0), abstain_cost=0.2)
    (low, high), moved = Rule.of(decision).abstain, Rule.of(decision, prior=0.8).abstain
    assert Rule.of(decision).verdict((low + high) / 2) == "unknown"
    assert moved == pytest.approx((low - math.log(4), high - math.log(4)))
    np.testing.assert_allclose(to_llr(decision, np.array(decision["abstain"])), [low, high])


def test_the_decision_of_an_older_version_keeps_its_verdicts():
    old = {name: value for name, value in CALIBRATED.items() if name != "costs"}
    assert Rule.of(old).threshold == pytest.approx(Rule.of(CALIBRATED).threshold)
    assert Rule.of(old).cost_miss is None


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"prior": 1.0}, "prior"),
        ({"prior": float("nan")}, "prior"),
        ({"cost_miss": 0.0}, "cost"),
        ({"cost_false_alarm": float("inf")}, "cost"),
        ({"threshold": float("nan")}, "finite"),
        ({"threshold": 1.0, "cost_miss": 2.0}, "either --threshold or the costs"),
    ],
)
def test_impossible_rules_are_refused(stated, message):
    with pytest.raises(ConfigError, match=message):
        Rule.of(UNCALIBRATED, **stated)
