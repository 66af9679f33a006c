"""Calibrated LLRs are right on scores that were not used to fit them."""

import hashlib
import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy.optimize import minimize

from spoofjax.errors import ScoreError
from spoofjax.evaluation.calibration import (
    Affine,
    abstain_band,
    correct_prior,
    decide,
    effective_prior,
    fit,
    fit_isotonic,
    log_odds,
    p_spoof,
)
from spoofjax.evaluation.metrics import ASVSPOOF5, Costs, min_cllr, summary

TRIALS = st.lists(st.floats(-1e6, 1e6, allow_subnormal=False), min_size=1, max_size=10)


def gaussians(seed=0, trials=4000, distance=3.0):
    """Scores whose true LLR is distance x score: both classes normal at +-distance / 2."""
    generator = np.random.default_rng(seed)
    labels = (np.arange(trials) % 5 == 0).astype(int)
    return generator.normal(distance * (labels - 0.5), 1.0), labels


# ------------------------------------------------------------------------ real scores
@pytest.mark.parametrize("half", [0, 1])
def test_half_of_the_real_scores_calibrates_the_other_half(eval_scores, half):
    hashes = [hashlib.sha256(name.encode()).digest()[0] & 1 for name in eval_scores.ids]
    fitted = np.array(hashes) == half
    calibration = fit(eval_scores.score[fitted], eval_scores.label[fitted])
    numbers = summary(calibration(eval_scores.score[~fitted]), eval_scores.label[~fitted])
    assert numbers["act_dcf"] <= 1.10 * numbers["min_dcf"]
    assert numbers["cllr"] <= 1.10 * numbers["min_cllr"]
    assert calibration.warnings == ()


def test_nearly_separable_scores_give_a_finite_map_and_a_warning(dev_scores):
    calibration = fit(dev_scores.score, dev_scores.label)
    assert np.isfinite(calibration(dev_scores.score)).all()
    assert "Nearly separable: only 0 of 2,548" in calibration.warnings[0]


# ------------------------------------------------------------------------ the fit
def test_the_true_map_of_gaussian_scores_is_found():
    scores, labels = gaussians(trials=40_000)
    calibration = fit(scores, labels)
    assert calibration.scale[0] == pytest.approx(3.0, rel=0.05)
    assert calibration.offset == pytest.approx(0.0, abs=0.1)


def test_newton_finds_the_minimum_that_a_general_optimiser_finds():
    scores, labels = gaussians(trials=300)
    prior = 0.3
    weight = np.where(labels == 1, prior / labels.sum(), (1 - prior) / (1 - labels).sum())
    sign = np.where(labels == 1, -1.0, 1.0)

    def cost(x):
        penalty = 0.5 * 0.01 / len(labels) * (x[0] * scores.std()) ** 2
        return weight @ np.logaddexp(0, sign * (x[0] * scores + x[1] + log_odds(prior))) + penalty

    best = minimize(cost, [0.0, 0.0], method="BFGS", options={"gtol": 1e-9})
    ours = fit(scores, labels, prior=prior)
    np.testing.assert_allclose([*ours.scale, ours.offset], best.x, atol=1e-5)


def test_class_proportions_do_not_matter():
    scores, labels = gaussians()
    spoof = np.flatnonzero(labels == 0)
    rows = np.concatenate([np.arange(len(labels)), spoof, spoof])  # spoofs thrice
    once, thrice = (fit(scores[r], labels[r], regularisation=0) for r in (slice(None), rows))
    assert thrice.scale == pytest.approx(once.scale, rel=1e-6)
    assert thrice.offset == pytest.approx(once.offset, rel=1e-6)


@given(st.floats(-100, 100), st.sampled_from([1e-3, 1.0, 50.0]))
def test_calibrated_llrs_do_not_depend_on_the_units_of_the_scores(shift, factor):
    scores, labels = gaussians(trials=200)
    expected = fit(scores, labels)(scores)
    moved = factor * scores + shift
    np.testing.assert_allclose(fit(moved, labels)(moved), expected, atol=1e-6)


@given(TRIALS, TRIALS)
@example([5e-270], [0.0])
@example([1e6], [-1e6])
def test_every_fit_is_finite(bonafide, spoof):
    labels = [1] * len(bonafide) + [0] * len(spoof)
    calibration = fit(bonafide + spoof, labels)
    assert np.isfinite(calibration(bonafide + spoof)).all()
    if min(bonafide) > max(spoof) + 1e-6:
        assert any("separate" in warning for warning in calibration.warnings)


def test_separable_reversed_and_constant_scores_are_warned_of():
    scores, labels = gaussians()
    assert "separate the classes perfectly" in fit(labels + 0.01 * scores, labels).warnings[0]
    assert any("reversed" in warning for warning in fit(-scores, labels).warnings)
    constant = fit([2.0] * 6, [1, 1, 0, 0, 0, 0])
    assert "All scores are the same" in constant.warnings[0]
    assert constant([2.0])[0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(
    ("scores", "labels", "text"),
    [
        ([3.0, 4.0, 1.0, 2.0], [1, 1, 0, 0], "2 spoof trials, which the scores separate perfectly"),
        (*gaussians(trials=200), "40 bona fide and 160 spoof trials, of which "),
        (*gaussians(trials=600, distance=3.8), "120 bona fide and 480 spoof trials, of which "),
    ],
)
def test_a_small_set_is_called_small_and_not_nearly_separable(scores, labels, text):
    [warning] = fit(scores, labels).warnings
    assert warning.startswith("Small: fitted on ")
    assert text in warning
    assert "fit on more data" in warning


def test_fusion_of_two_systems_beats_both():
    generator = np.random.default_rng(1)
    labels = (np.arange(6000) % 3 == 0).astype(int)
    systems = generator.normal(2.0 * labels[:, None], 1.0, (6000, 2)) * [1.0, 30.0]
    train, test = np.arange(6000) < 3000, np.arange(6000) >= 3000

    def cost(columns):
        llr = fit(systems[train][:, columns], labels[train])(systems[test][:, columns])
        return summary(llr, labels[test])["cllr"]

    assert cost([0, 1]) < 0.8 * min(cost([0]), cost([1]))


def test_a_copy_of_a_system_shares_its_weight():
    scores, labels = gaussians()
    fused = fit(np.column_stack([scores, scores]), labels)
    assert sum(fused.scale) == pytest.approx(fit(scores, labels).scale[0], rel=1e-3)


def test_a_calibration_is_json(eval_scores):
    calibration = fit(eval_scores.score, eval_scores.label)
    again = Affine.from_json(json.loads(json.dumps(calibration.to_json())))
    assert again == calibration
    with pytest.raises(ScoreError, match="not an affine calibration"):
        Affine.from_json({"scale": [1.0]})


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit([1.0, 2.0], [1, 1]), "no spoof score"),
        (lambda: fit([1.0, np.nan], [1, 0]), "not finite"),
        (lambda: fit([1.0, 2.0], [1, 0], prior=1.0), "between 0 and 1"),
        (lambda: fit([1e200, 2e200, -1e200], [1, 0, 0]), "too large"),
        (lambda: fit([1.0, 2.0, 0.0], [1, 0, 1])([[1.0, 2.0]]), "maps 1 systems"),
        (lambda: p_spoof(0.0, 1.5), "between 0 and 1"),
        (lambda: correct_prior([0.0], 0, 5), "no prior"),
        (lambda: abstain_band(ASVSPOOF5, 0.0), "must be positive"),
    ],
)
def test_what_cannot_be_calibrated_is_refused(call, message):
    with pytest.raises(ScoreError, match=message):
        call()


# ------------------------------------------------------------------------ isotonic
def test_isotonic_llrs_are_monotone_finite_and_nearly_reach_the_least_cllr():
    scores, labels = gaussians()
    isotonic = fit_isotonic(scores, labels)
    assert np.isfinite(isotonic.llr).all()
    assert (np.diff(isotonic.llr) >= 0).all()
    llr = isotonic(scores)
    least = min_cllr(scores[labels == 1], scores[labels == 0])
    assert summary(llr, labels)["cllr"] == pytest.approx(least, abs=0.005)
    assert isotonic([-1e9, 1e9]).tolist() == [isotonic.llr[0], isotonic.llr[-1]]


# ------------------------------------------------------------------------ priors, decisions
@given(st.floats(-600, 600), st.floats(0.001, 0.999))
def test_probability_of_spoof_is_bayes_rule(llr, prior):
    expected = 1 / (1 + math.exp(min(llr + math.log(prior / (1 - prior)), 700)))
    assert float(p_spoof(llr, prior)) == pytest.approx(expected, rel=1e-9)


def test_extreme_llrs_give_zero_and_one_without_a_warning():
    assert p_spoof(np.array([-1e4, 0.0, 1e4])).tolist() == [1.0, 0.5, 0.0]


def test_a_model_trained_on_the_natural_prior_is_corrected():
    # At even evidence, a model trained on 1 : 8.7 says ln(1 / 8.7).
    assert correct_prior([math.log(1 / 8.7)], 1, 8.7) == pytest.approx(0.0, abs=1e-12)
    assert correct_prior([0.7], 32, 32) == pytest.approx(0.7)


def test_the_decision_follows_from_the_costs():
    t = ASVSPOOF5.threshold
    assert decide([t, np.nextafter(t, -9)]).tolist() == ["bonafide", "spoof"]
    assert effective_prior(ASVSPOOF5) == pytest.approx(0.95 / 1.45)


@given(
    st.floats(-20, 20), st.floats(0.01, 0.99), st.floats(0.1, 20), st.floats(0.1, 20),
    st.floats(0.01, 5),
)  # fmt: skip
def test_the_decision_with_abstention_is_the_cheapest(llr, p, miss, alarm, abstain):
    costs = Costs(p, miss, alarm)
    spoof = float(p_spoof(llr, 1 - p))
    expected = {"bonafide": alarm * spoof, "spoof": miss * (1 - spoof), "unknown": abstain}
    chosen = str(decide([llr], costs, abstain)[0])
    assert expected[chosen] == pytest.approx(min(expected.values()), rel=1e-6, abs=1e-9)


def test_without_an_abstain_cost_nothing_is_unknown():
    assert "unknown" not in decide(np.linspace(-5, 5, 101)).tolist()
    assert "unknown" in decide(np.linspace(-5, 5, 101), abstain_cost=0.3).tolist()
