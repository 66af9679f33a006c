"""Track 2: a-DCF, t-EER, the three EERs, and the fusion of both systems."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spoofjax.errors import ScoreError
from spoofjax.evaluation.sasv import (
    SasvTrials,
    a_dcf,
    fit_sasv_fusion,
    read_sasv,
    sasv_summary,
    t_eer,
)
from spoofjax.evaluation.tandem import AsvScores

TRIALS = st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=20)
THREE = st.tuples(TRIALS, TRIALS, TRIALS)
HEADER = "spk\tfilename\tcm-score\tasv-score\tsasv-score\n"
KEYS = (
    "spk\tfilename\tcm-label\tasv-label\n"
    "E_1\tU_1\tbonafide\ttarget\nE_2\tU_1\tbonafide\tnontarget\nE_1\tU_2\tspoof\tspoof\n"
)


def random_trials(seed=0, trials=3000):
    """Targets pass both systems, nontargets only the CM, spoofs mostly the ASV."""
    generator = np.random.default_rng(seed)
    kind = np.array(["target", "nontarget", "spoof"])[generator.integers(0, 3, trials)]
    cm = generator.normal(np.where(kind == "spoof", -2.0, 2.0), 1.5)
    asv = generator.normal(np.select([kind == "target", kind == "spoof"], [3.0, 2.0], -3.0), 1.5)
    return SasvTrials(kind, cm, asv)


# ------------------------------------------------------------------------ literal equality
@given(THREE)
def test_a_dcf_equals_the_literal_one(literal, scores):
    trials = AsvScores(*map(np.array, scores))
    value, threshold = a_dcf(trials)
    expected = literal.a_dcf(*scores, 0.9405, 0.0095, 0.05, 1, 10, 10)
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-12)
    # Accepting above the threshold costs what is claimed.
    misses = np.mean(trials.target <= threshold)
    alarms = [np.mean(x > threshold) for x in (trials.nontarget, trials.spoof)]
    cost = 0.9405 * misses + 0.095 * alarms[0] + 0.5 * alarms[1]
    assert cost / 0.595 == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(THREE, THREE, st.sampled_from([0.25, 0.5, 0.75]))
def test_t_eer_equals_the_literal_one(literal, cm, asv, rho):
    ours = t_eer(AsvScores(*map(np.array, cm)), AsvScores(*map(np.array, asv)), rho)
    assert ours == pytest.approx(literal.t_eer(cm, asv, rho), rel=1e-9, abs=1e-12, nan_ok=True)


def test_scores_that_are_all_alike_have_no_tandem_eer_where_most_negatives_are_spoofs(literal):
    alike = ([0.0], [0.0], [0.0])
    same = AsvScores(*map(np.array, alike))
    assert np.isnan([t_eer(same, same, 0.75), literal.t_eer(alike, alike, 0.75)]).all()
    assert t_eer(same, same) == literal.t_eer(alike, alike) == 1.0


def test_t_eer_of_many_trials_equals_the_literal_one_and_hardly_depends_on_rho(literal):
    trials = random_trials(trials=1500)
    cm, asv = trials.of("cm"), trials.of("asv")
    parts = [(x.target, x.nontarget, x.spoof) for x in (cm, asv)]
    assert t_eer(cm, asv) == pytest.approx(literal.t_eer(*parts), rel=1e-12)
    assert t_eer(cm, asv, 0.2) == pytest.approx(t_eer(cm, asv, 0.8), rel=0.02)


# ------------------------------------------------------------------------ by hand
def test_one_threshold_separates_targets_from_all_others_or_not():
    perfect = AsvScores(np.array([2.0, 3.0]), np.array([0.0, 1.0]), np.array([-1.0]))
    assert a_dcf(perfect) == (0.0, 1.0)
    spoofed = AsvScores(np.array([2.0, 3.0]), np.array([0.0, 1.0]), np.array([9.0]))
    # Accepting the spoof costs 0.5, rejecting everybody 0.9405; the norm is 0.595.
    assert a_dcf(spoofed)[0] == pytest.approx(0.5 / 0.595)


def test_the_three_eers_say_which_negatives_pass():
    kind = np.array(["target"] * 4 + ["nontarget"] * 4 + ["spoof"] * 4)
    joint = np.array([5, 6, 7, 8, 1, 2, 3, 4, 5.5, 6.5, 7.5, 8.5])
    summary = sasv_summary(SasvTrials(kind, sasv=joint))
    assert summary["sv_eer"] == 0.0
    assert summary["spf_eer"] >= 0.5
    assert summary["sv_eer"] < summary["sasv_eer"] < summary["spf_eer"]
    assert "t_eer" not in summary
    assert json.loads(json.dumps(summary)) == summary


# ------------------------------------------------------------------------ fusion
def test_fusion_fitted_on_dev_beats_both_systems_and_the_sum_on_other_trials():
    dev, test = random_trials(1), random_trials(2)
    fusion = fit_sasv_fusion(dev)
    assert fusion.share == pytest.approx(0.5 / 0.595)
    costs = {
        "fused": a_dcf(SasvTrials(test.kind, sasv=fusion(test.cm, test.asv)).of("sasv"))[0],
        "cm": a_dcf(test.of("cm"))[0],
        "asv": a_dcf(test.of("asv"))[0],
        "sum": a_dcf(SasvTrials(test.kind, sasv=test.cm + test.asv).of("sasv"))[0],
    }
    assert costs["fused"] < 0.8 * min(costs["cm"], costs["asv"])
    assert costs["fused"] < costs["sum"]


def test_fusion_needs_both_scores():
    with pytest.raises(ScoreError, match="needs the CM score and the ASV score"):
        fit_sasv_fusion(SasvTrials(np.array(["target", "spoof"]), cm=np.array([1.0, 0.0])))


# ------------------------------------------------------------------------ files
def test_track_2_files_are_read_in_the_order_of_the_key(tmp_path):
    (tmp_path / "keys.tsv").write_text(KEYS)
    (tmp_path / "s.tsv").write_text(
        HEADER + "E_1\tU_2\t-3\t2\t-1\nE_1\tU_1\t1\t5\t4\nE_2\tU_1\t1.5\t-5\t-4\n"
    )
    trials = read_sasv(tmp_path / "s.tsv", tmp_path / "keys.tsv")
    assert trials.kind.tolist() == ["target", "nontarget", "spoof"]
    assert trials.sasv.tolist() == [4, -4, -1]
    assert sasv_summary(trials)["sasv_eer"] == 0.0
    assert {"a_dcf", "t_eer", "min_tdcf"} <= sasv_summary(trials).keys()


def test_the_released_trial_list_is_a_key_and_a_dash_is_an_absent_score(tmp_path):
    (tmp_path / "trials.tsv").write_text(
        "E_1 U_1 F bonafide target\nE_2 U_1 F bonafide nontarget\nE_1 U_2 F A25 spoof\n"
    )
    (tmp_path / "s.tsv").write_text(
        HEADER + "E_1\tU_2\t-\t-\t-1\nE_1\tU_1\t-\t-\t4\nE_2\tU_1\t-\t-\t-4\n"
    )
    trials = read_sasv(tmp_path / "s.tsv", tmp_path / "trials.tsv")
    assert trials.cm is None
    assert trials.sasv.tolist() == [4, -4, -1]
    with pytest.raises(ScoreError, match="no cm score"):
        trials.of("cm")


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("E_1\tU_2\t1\t1\t1\n", "2 trials have no score, 0 scores are not in the key.*E_1 U_1"),
        ("E_1\tU_2\t1\t1\t1\nE_1\tU_2\t1\t1\t1\n", "twice"),
        ("E_1\tU_1\t1\t1\tx\nE_2\tU_1\t1\t1\t1\nE_1\tU_2\t1\t1\t1\n", "'x' is not a number"),
    ],
)
def test_broken_track_2_scores_are_one_error(tmp_path, rows, message):
    (tmp_path / "keys.tsv").write_text(KEYS)
    (tmp_path / "s.tsv").write_text(HEADER + rows)
    with pytest.raises(ScoreError, match=message):
        read_sasv(tmp_path / "s.tsv", tmp_path / "keys.tsv")
