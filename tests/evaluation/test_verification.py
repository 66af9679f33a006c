"""Voice authentication: decisions, their costs, and the file that keeps both calibrations."""

import numpy as np
import pytest

from spoofjax.errors import ScoreError
from spoofjax.evaluation.sasv import SasvTrials
from spoofjax.evaluation.tandem import AsvScores, TandemCosts
from spoofjax.evaluation.verification import Verifier, decided, write_decisions


def trials(seed: int, count: int = 4000) -> SasvTrials:
    """Targets pass both systems, nontargets only the CM, spoofs mostly the ASV."""
    generator = np.random.default_rng(seed)
    kind = np.array(["target", "nontarget", "spoof"])[generator.integers(0, 3, count)]
    cm = generator.normal(np.where(kind == "spoof", -2.0, 2.0), 1.5)
    asv = generator.normal(np.select([kind == "target", kind == "spoof"], [3.0, 2.0], -3.0), 1.5)
    return SasvTrials(kind, cm, asv)


def test_a_decision_names_what_speaks_against_the_trial():
    verifier = Verifier(TandemCosts())
    decisions = verifier.decide(cm=[5, 5, -5, -5], asv=[5, -5, 5, -9])
    assert decisions.tolist() == ["accept", "impostor", "spoof", "impostor"]


def test_the_threshold_is_where_accepting_costs_as_much_as_rejecting():
    costs = TandemCosts()
    verifier = Verifier(costs)
    # At the threshold, with all evidence against spoofs, only nontargets cost anything.
    asv = np.log(costs.false_alarm * costs.p_nontarget / (costs.miss * costs.p_target))
    assert verifier.decide([50.0], [asv + 1e-6]) == ["accept"]
    assert verifier.decide([50.0], [asv - 1e-6]) == ["impostor"]


def test_the_threshold_of_the_costs_is_nearly_the_best_one_on_other_trials():
    results = Verifier.fit(trials(1)).evaluated(trials(2))
    assert results["a_dcf"] <= results["act_a_dcf"] < 1.1 * results["a_dcf"]
    assert results["act_a_dcf"] < 0.25
    counts = results["target_decisions"], results["nontarget_decisions"], results["spoof_decisions"]
    names = ("accept", "impostor", "spoof")
    assert [max(names, key=count.get) for count in counts] == list(names)
    assert sum(counts[0].values()) == results["target"]


def test_the_cost_counts_each_kind_of_error():
    verifier = Verifier(TandemCosts(0.5, 0.25, 0.25, miss=1, false_alarm=2, false_alarm_spoof=4))
    joint = AsvScores(np.array([-9.0, 9]), np.array([9.0, -9, -9, -9]), np.array([-9.0, 9]))
    assert verifier.act_a_dcf(joint) == pytest.approx((0.25 + 0.5 * 0.25 + 0.5) / 0.5)


def test_what_is_written_decides_as_before(tmp_path):
    verifier = Verifier.fit(trials(1), TandemCosts(0.8, 0.1, 0.1))
    verifier.write(tmp_path / "verifier.json")
    again = Verifier.read(tmp_path / "verifier.json")
    assert again == verifier
    assert again.threshold == verifier.threshold


@pytest.mark.parametrize(
    "text",
    ["", "{}", '{"costs": {}, "cm": {}, "asv": {}}', '{"costs": {"x": 1}, "cm": {}, "asv": {}}'],
)
def test_a_damaged_file_is_named(tmp_path, text):
    (tmp_path / "verifier.json").write_text(text)
    with pytest.raises(ScoreError):
        Verifier.read(tmp_path / "verifier.json")


def test_a_score_that_is_not_finite_is_refused():
    with pytest.raises(ScoreError, match="NaN"):
        Verifier(TandemCosts()).decide([1.0], [float("nan")])


def test_a_file_of_trials_is_decided_row_by_row(tmp_path):
    scores = tmp_path / "scores.tsv"
    scores.write_text(
        "spk\tfilename\tcm-score\tasv-score\nS1\ta\t5\t5\nS2\ta\t5\t-5\nS1\tb\t-5\t5\n"
    )
    rows = decided(Verifier(TandemCosts()), scores)
    assert [row.decision for row in rows] == ["accept", "impostor", "spoof"]
    write_decisions(rows, tmp_path / "decisions.tsv")
    header, first, *_ = (tmp_path / "decisions.tsv").read_text().splitlines()
    assert header.split("\t")[-2:] == ["sasv-score", "decision"]
    assert first.split("\t")[-1] == "accept"


def test_a_file_without_a_column_is_refused(tmp_path):
    scores = tmp_path / "scores.tsv"
    scores.write_text("spk\tfilename\tcm-score\nS1\ta\t5\n")
    with pytest.raises(ScoreError, match="'asv-score'"):
        decided(Verifier(TandemCosts()), scores)
