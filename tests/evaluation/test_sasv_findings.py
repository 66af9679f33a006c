"""What a reviewer would say of the results of track 2."""

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.evaluation.findings import to_json
from spoofjax.evaluation.sasv import SasvTrials, sasv_summary
from spoofjax.evaluation.sasv_findings import sasv_findings

KINDS = np.repeat(["target", "nontarget", "spoof"], 400)


def remarks(target: float, nontarget: float, spoof: float, every: int = 1) -> dict[str, list[str]]:
    """The findings on SASV scores with these means and a deviation of 1."""
    scores = np.repeat([target, nontarget, spoof], 400)
    scores = scores + np.random.default_rng(3).normal(size=len(scores))
    return to_json(sasv_findings(sasv_summary(SasvTrials(KINDS[::every], sasv=scores[::every]))))


def test_good_scores_give_no_finding():
    assert remarks(4, -4, -4) == {"alarms": [], "notes": []}


@pytest.mark.parametrize(
    ("means", "alarm"),
    [
        ((2, -2, 2), "The scores do not tell targets from spoof trials: the SPF-EER is"),
        ((2, -2, 1.2), "Missed: the SPF-EER, of targets against spoof trials, is"),
        ((-2, 2, 2), "Reversed polarity: the SV-EER is"),
    ],
)
def test_targets_that_are_not_told_from_other_trials_are_an_alarm(means, alarm):
    assert any(text.startswith(alarm) for text in remarks(*means)["alarms"])


def test_scores_that_no_threshold_makes_useful_are_an_alarm():
    assert any("a-DCF is 1" in text for text in remarks(-3, 3, 3)["alarms"])


def test_few_trials_are_a_note():
    notes = remarks(1, -1, -1, every=20)["notes"]
    assert notes[0].startswith("Few trials: with 20 targets and 20 nontarget trials, the 95 %")


def test_the_command_shows_the_alarms_first(tmp_path, capsys):
    key, scores = ["spk\tfilename\tasv-label"], ["spk\tfilename\tsasv-score"]
    for row, kind in enumerate(KINDS[::10]):
        key.append(f"E_1\tU_{row}\t{kind}")
        scores.append(f"E_1\tU_{row}\t{-row if kind == 'target' else row}")
    (tmp_path / "key.tsv").write_text("\n".join(key) + "\n")
    (tmp_path / "scores.tsv").write_text("\n".join(scores) + "\n")
    files = ["--scores", str(tmp_path / "scores.tsv"), "--keys", str(tmp_path / "key.tsv")]
    assert main(["metrics", "--sasv", *files]) == 0
    assert capsys.readouterr().out.startswith("ALARM: Reversed polarity: the SV-EER is")
