"""Every metric: official digits, ties by hand, and equality with the literal definitions."""

import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.metrics import (
    Costs,
    act_dcf,
    auc,
    cllr,
    det_curve,
    eer,
    headline,
    min_cllr,
    min_dcf,
    rocch_eer,
    summary,
)
from spoofjax.evaluation.ranked import Ranked

SCORES = st.one_of(
    st.integers(-4, 4).map(float),  # many ties
    st.floats(-50, 50, allow_subnormal=False),
)
TRIALS = st.lists(SCORES, min_size=1, max_size=40)


# ------------------------------------------------------------------------ official digits
def test_official_digits_on_real_scores(eval_scores):
    numbers = headline(eval_scores.score, eval_scores.label)
    assert round(100 * numbers["eer"], 6) == 3.505576
    assert round(numbers["min_dcf"], 7) == 0.0861710
    assert round(numbers["act_dcf"], 7) == 0.4353965
    assert round(numbers["cllr"], 7) == 0.4027770
    _, threshold = eer(eval_scores.bonafide, eval_scores.spoof)
    assert round(threshold, 7) == 1.2361967


def test_the_bayes_threshold_of_asvspoof_5():
    assert Costs().threshold == pytest.approx(-0.6418538862, abs=1e-10)
    assert Costs().weights == pytest.approx((1.9, 1.0))


# ------------------------------------------------------------------------ ties by hand
def test_ties_step_bona_fide_first():
    rate, threshold = eer([1, 2, 3, 4], [0, 1, 2])
    # Rejecting 0, 1 (bona fide), 1 (spoof): FRR 1/4 and FAR 1/3 differ least.
    assert rate == pytest.approx((1 / 4 + 1 / 3) / 2)
    assert threshold == 1


def test_det_arrays_have_one_step_per_trial():
    frr, far, thresholds = det_curve([1, 2], [1])
    assert frr.tolist() == [0, 0.5, 0.5, 1]
    assert far.tolist() == [1, 1, 0, 0]
    assert thresholds.tolist() == [0.999, 1, 1, 2]


def test_a_constant_score_has_an_eer_of_one():
    assert eer([0.3] * 5, [0.3] * 7) == (1.0, 0.3)
    assert auc([0.3] * 5, [0.3] * 7) == 0.5
    assert rocch_eer([0.3] * 5, [0.3] * 7) == 0.5
    assert min_cllr([0.3] * 5, [0.3] * 7) == 1.0


def test_perfect_and_inverted_scores():
    assert eer([2, 3], [0, 1]) == (0.0, 1.0)
    assert min_dcf([2, 3], [0, 1]) == 0.0
    assert min_cllr([2, 3], [0, 1]) == 0.0
    assert eer([0, 1], [2, 3])[0] == 1.0
    assert min_dcf([0, 1], [2, 3]) == pytest.approx(1.0)


def test_actual_cost_accepts_at_the_threshold_itself():
    t = Costs().threshold
    assert act_dcf([t], [t]) == pytest.approx(1.0)  # both accepted
    assert act_dcf([np.nextafter(t, -9)], [np.nextafter(t, -9)]) == pytest.approx(1.9)


def test_rounding_scores_costs_the_official_eer_more_than_the_hull(eval_scores):
    coarse = np.round(eval_scores.score, 1)
    bonafide, spoof = coarse[eval_scores.label == 1], coarse[eval_scores.label == 0]
    assert eer(bonafide, spoof)[0] > 1.05 * eer(eval_scores.bonafide, eval_scores.spoof)[0]
    assert rocch_eer(bonafide, spoof) < 1.02 * rocch_eer(eval_scores.bonafide, eval_scores.spoof)


# ------------------------------------------------------------------------ literal equality
@given(TRIALS, TRIALS)
@example([0.0], [-0.0])
@example([0.0] * 3, [0.0] * 3)
def test_det_curve_and_eer_equal_the_literal_ones(literal, bonafide, spoof):
    for ours, theirs in zip(
        det_curve(bonafide, spoof), literal.det_curve(bonafide, spoof), strict=True
    ):
        np.testing.assert_array_equal(ours, theirs)
    rate, threshold = eer(bonafide, spoof)
    expected_rate, expected_threshold = literal.eer(bonafide, spoof)
    assert rate == expected_rate
    assert threshold == expected_threshold


@given(TRIALS, TRIALS, st.floats(0.01, 0.99), st.floats(0.1, 20), st.floats(0.1, 20))
def test_detection_costs_equal_the_literal_ones(literal, bonafide, spoof, p, miss, alarm):
    costs = Costs(p, miss, alarm)
    least, _ = literal.min_dcf(bonafide, spoof, p, miss, alarm)
    assert min_dcf(bonafide, spoof, costs) == pytest.approx(least, rel=1e-12)
    expected = literal.act_dcf(bonafide, spoof, p, miss, alarm)
    assert act_dcf(bonafide, spoof, costs) == pytest.approx(expected, rel=1e-9)
    # The threshold is one of equal cost, even where several steps cost the same.
    ranked = Ranked(bonafide, spoof)
    value, step = ranked.least_cost(*costs.weights)
    frr, far = ranked.rates(step)
    weights = costs.weights
    assert weights[0] * frr + weights[1] * far == pytest.approx(value, rel=1e-12)
    assert ranked.threshold(step) == ranked.det()[2][step]


@given(TRIALS, TRIALS)
def test_cllr_equals_the_literal_one(literal, bonafide, spoof):
    assert cllr(bonafide, spoof) == pytest.approx(literal.cllr(bonafide, spoof), rel=1e-9)


@given(TRIALS, TRIALS)
def test_auc_equals_the_literal_one(literal, bonafide, spoof):
    assert auc(bonafide, spoof) == pytest.approx(literal.auc(bonafide, spoof), abs=1e-12)


@given(st.lists(SCORES, min_size=1, max_size=12), st.lists(SCORES, min_size=1, max_size=12))
def test_hull_metrics_equal_the_literal_ones(literal, bonafide, spoof):
    assert min_cllr(bonafide, spoof) == pytest.approx(literal.min_cllr(bonafide, spoof), abs=1e-9)
    assert rocch_eer(bonafide, spoof) == pytest.approx(literal.rocch_eer(bonafide, spoof), abs=1e-9)


@given(TRIALS, TRIALS, st.floats(0.01, 0.99))
def test_hull_never_costs_more_and_calibration_cannot_help_beyond_it(bonafide, spoof, p):
    equal = Ranked(bonafide, spoof).equal_error()
    assert rocch_eer(bonafide, spoof) <= max(equal.frr, equal.far) + 1e-12
    assert min_cllr(bonafide, spoof) <= cllr(bonafide, spoof) + 1e-9
    assert min_dcf(bonafide, spoof, Costs(p)) <= act_dcf(bonafide, spoof, Costs(p)) + 1e-9 or (
        set(bonafide) & set(spoof)  # official ties are stepped against the system
    )


@given(TRIALS, TRIALS)
def test_rank_metrics_ignore_order_and_monotone_changes(bonafide, spoof):
    bonafide, spoof = np.round(bonafide, 3), np.round(spoof, 3)
    changed = [np.arctan(x / 10)[::-1] for x in (bonafide, spoof)]
    assert eer(*changed)[0] == eer(bonafide, spoof)[0]
    assert min_dcf(*changed) == min_dcf(bonafide, spoof)
    assert auc(*changed) == auc(bonafide, spoof)


def test_cllr_stays_finite_where_the_literal_formula_overflows(literal):
    with np.errstate(over="ignore"):
        assert math.isinf(literal.cllr([-800.0], [-800.0]))
    assert cllr([-800.0], [-800.0]) == pytest.approx(400 / math.log(2))
    assert math.isfinite(cllr([-1e300], [1e300]))


# ------------------------------------------------------------------------ refusals, summary
@pytest.mark.parametrize(
    ("bonafide", "spoof", "message"),
    [
        ([], [1.0], "no bona fide score"),
        ([1.0], [], "no spoof score"),
        ([1.0, np.nan], [0.0], "1 bona fide scores are not finite.*index 1"),
        ([1.0], [-np.inf], "1 spoof scores are not finite"),
        ([[1.0]], [0.0], "one dimension"),
    ],
)
def test_unusable_scores_are_refused(bonafide, spoof, message):
    with pytest.raises(ScoreError, match=message):
        eer(bonafide, spoof)


def test_labels_other_than_one_and_zero_are_refused():
    with pytest.raises(ScoreError, match="Label 2 at index 1"):
        summary([0.1, 0.2], [1, 2])
    with pytest.raises(ScoreError, match="one label per score"):
        summary([0.1, 0.2], [1])


@pytest.mark.parametrize("cost", [Costs, lambda: Costs(p_spoof=1.0), lambda: Costs(miss=0)])
def test_impossible_cost_models_are_refused(cost):
    if cost is Costs:
        assert cost().false_alarm == 10
    else:
        with pytest.raises(ScoreError, match="needs 0 < p_spoof < 1"):
            cost()


def test_summary_counts_decisions_and_is_json():
    numbers = summary([2.0, 0.5, -1.0, 0.5, -2.0, -3.0], [1, 1, 1, 0, 0, 0], threshold=0.5)
    assert numbers["confusion"] == {
        "bonafide_accepted": 2,
        "bonafide_rejected": 1,
        "spoof_accepted": 1,
        "spoof_rejected": 2,
    }
    assert numbers["accuracy"] == pytest.approx(4 / 6)
    assert numbers["accuracy_always_spoof"] == 0.5
    assert numbers["precision_bonafide"] == pytest.approx(2 / 3)
    assert numbers["f1_spoof"] == pytest.approx(2 / 3)
    assert json.loads(json.dumps(numbers)) == numbers


def test_precision_is_none_where_nothing_was_accepted():
    numbers = summary([-1.0, -2.0], [1, 0])
    assert numbers["precision_bonafide"] is None
    assert numbers["f1_bonafide"] == 0.0
    assert numbers["balanced_accuracy"] == 0.5


def test_summary_judges_calibration_on_the_ratios_given(eval_scores):
    shifted = eval_scores.score - 1.9
    numbers = summary(eval_scores.score, eval_scores.label, llr=shifted)
    bonafide, spoof = shifted[eval_scores.label == 1], shifted[eval_scores.label == 0]
    assert numbers["act_dcf"] == act_dcf(bonafide, spoof) < 0.2
    assert numbers["cllr"] == cllr(bonafide, spoof)
    assert numbers["eer"] == eer(eval_scores.bonafide, eval_scores.spoof)[0]
