"""t-DCF: the official digits on real CM and ASV scores, and what is refused."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.tandem import (
    AsvRates,
    AsvScores,
    LegacyCosts,
    TandemCosts,
    legacy_tdcf,
    read_asv_scores,
    revised_tdcf,
    tandem,
    tdcf_floor,
)

TRIALS = st.lists(st.integers(-5, 5).map(float), min_size=2, max_size=30)


# ------------------------------------------------------------------------ official digits
def test_official_digits_on_real_scores(la2019, eval_scores):
    asv = read_asv_scores(la2019 / "ASVspoof2019.LA.asv.eval.gi.trl.scores.txt")
    numbers = tandem(eval_scores.bonafide, eval_scores.spoof, asv)
    assert round(100 * numbers["asv_eer"], 6) == 2.457784
    assert round(numbers["asv_threshold"], 6) == -5.680051
    assert round(numbers["asv_miss"], 7) == 0.0245810
    assert round(numbers["asv_false_alarm"], 7) == 0.0246047
    assert round(numbers["asv_false_alarm_spoof"], 7) == 0.7606525
    assert round(numbers["min_tdcf_legacy"], 7) == 0.0934422
    assert round(numbers["min_tdcf_revised"], 7) == 0.1503132
    assert round(numbers["min_tdcf_revised_floor"], 7) == 0.0627329
    assert (numbers["target"], numbers["nontarget"], numbers["asv_spoof"]) == (5370, 33327, 63882)
    assert json.loads(json.dumps(numbers)) == numbers


def test_official_asv_operating_point_on_dev(la2019):
    asv = read_asv_scores(la2019 / "ASVspoof2019.LA.asv.dev.gi.trl.scores.txt")
    rate, threshold = asv.equal_error()
    assert round(100 * rate, 6) == 2.426530
    assert threshold == -3.548998
    assert round(asv.rates(threshold).false_alarm_spoof, 7) == 0.7602709


# ------------------------------------------------------------------------ literal equality
@given(TRIALS, TRIALS, st.floats(0, 0.4), st.floats(0, 0.4), st.floats(0.05, 1))
def test_both_forms_equal_the_literal_ones(literal, bonafide, spoof, miss, alarm, passing):
    if len(set(bonafide + spoof)) < 3:
        return
    legacy = literal.legacy_tdcf(
        bonafide, spoof, miss, alarm, 1 - passing, (0.9405, 0.0095, 0.05, 1, 10, 1, 10)
    )
    revised = literal.revised_tdcf(
        bonafide, spoof, miss, alarm, passing, (0.9405, 0.0095, 0.05, 1, 10, 10)
    )
    rates = AsvRates(miss, alarm, passing)
    assert legacy_tdcf(bonafide, spoof, rates) == pytest.approx(legacy, rel=1e-9)
    assert revised_tdcf(bonafide, spoof, rates) == pytest.approx(revised, rel=1e-9)


def test_a_perfect_countermeasure_reaches_the_floor_and_a_useless_one_reaches_one():
    rates = AsvRates(0.02, 0.02, 0.5)
    assert revised_tdcf([3, 4], [0, 1], rates) == pytest.approx(tdcf_floor(rates))
    assert legacy_tdcf([3, 4], [0, 1], rates) == 0.0
    assert revised_tdcf([0, 1], [3, 4], rates) == pytest.approx(1.0)
    assert legacy_tdcf([0, 1], [3, 4], rates) == pytest.approx(1.0)


# ------------------------------------------------------------------------ refusals
def test_hard_decisions_are_refused():
    with pytest.raises(ScoreError, match="hard decisions"):
        legacy_tdcf([1, 1, 0], [0, 0, 1], AsvRates(0.02, 0.02, 0.5))


@pytest.mark.parametrize("rates", [AsvRates(0.02, 0.02, 0.0), AsvRates(1.0, 1.0, 0.5)])
def test_an_asv_system_that_leaves_no_weight_is_refused(rates):
    for tdcf in (legacy_tdcf, revised_tdcf):
        with pytest.raises(ScoreError, match="must be above 0"):
            tdcf([1, 2, 3], [0, 1, 2], rates)


@pytest.mark.parametrize("costs", [LegacyCosts, TandemCosts])
def test_priors_must_sum_to_one(costs):
    with pytest.raises(ScoreError, match="sum to 1"):
        costs(p_target=0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bonafide target 1\nA07 spoof 2\n", "no nontarget trial"),
        ("bonafide target 1\nA07 spoofed 2\n", "line 2: 'spoofed' is not target"),
        ("bonafide target one\n", "line 1: 'one' is not a number"),
        ("bonafide target nan\nb nontarget 1\nA07 spoof 1\n", "of a target trial is NaN"),
        ("1.5\n", "one field"),
    ],
)
def test_a_broken_asv_score_file_is_one_error(tmp_path, text, message):
    (tmp_path / "asv.txt").write_text(text)
    with pytest.raises(ScoreError, match=message):
        read_asv_scores(tmp_path / "asv.txt")


def test_rates_accept_at_the_threshold_itself():
    asv = AsvScores(np.array([1.0, 2.0]), np.array([0.0, 1.0]), np.array([1.0, 0.5]))
    assert asv.rates(1.0) == AsvRates(0.0, 0.5, 0.5)
