"""Reports name the corpus of each result, and show results on other corpora beside the own."""

import numpy as np
import pytest
from drawn_runs import CORPUS, judge, judge_elsewhere, page_of

from spoofjax.cli import main
from spoofjax.corpora import ASVspoof5
from spoofjax.report.markdown import write_report
from spoofjax.report.numbers import comparisons
from spoofjax.runs.folder import RunFolder
from spoofjax.runs.record import RunRecord


@pytest.fixture
def other(tiny_corpus) -> ASVspoof5:
    """Another corpus, under whose name the dev split of the tiny corpus serves as eval."""
    return ASVspoof5(str(tiny_corpus()), name="calls")


def draw(manifest, seed=0):
    return manifest.label + np.random.default_rng(seed).normal(0, 0.5, len(manifest))


def test_the_report_names_the_corpora(make_run, other):
    folder, manifest = make_run("ours"), other.manifest("dev")
    judge_elsewhere(folder, other, draw(manifest), manifest)
    record = RunRecord.read(folder)
    assert list(record.metrics) == ["dev", "eval", "eval of calls"]
    assert len(record.scored["eval of calls"].score) == len(manifest)
    page = page_of(folder)
    assert "Scores, eval of calls" in page
    assert '<td class="left">calls</td>' in page
    text = write_report(folder).read_text()
    assert "| eval | asvspoof5 | " in text
    assert "| eval of calls | calls | " in text
    assert "## eval of calls by attack" in text


def test_a_calibration_on_another_corpus_is_written_only_when_asked(make_run, other, capsys):
    folder, manifest = make_run("ours"), other.manifest("dev")
    judge_elsewhere(folder, other, draw(manifest), manifest)
    before = RunFolder(folder).decision.read_bytes()
    assert main(["calibrate", str(folder), "--on", "calls.eval"]) == 0
    text = capsys.readouterr().out
    assert "eval of calls: actDCF" in text
    assert "--set-decision replaces it" in text
    assert RunFolder(folder).decision.read_bytes() == before
    assert main(["calibrate", str(folder), "--on", "calls.eval", "--set-decision"]) == 0
    decision = RunFolder(folder).read_decision()
    assert (decision["corpus"], decision["chosen_on"]) == ("calls", "eval of calls")
    assert decision["calibration"]["trials"] == [12, 12]
    assert "calibrated on eval of calls" in write_report(folder).read_text()
    assert "calibrated on eval of calls" in page_of(folder)
    # A calibration on the run's own dev split takes its place again.
    assert main(["calibrate", str(folder)]) == 0
    assert "chosen_on" not in RunFolder(folder).read_decision()


def test_an_unknown_corpus_to_calibrate_on_is_told(make_run, other, capsys):
    folder, manifest = make_run("ours"), other.manifest("dev")
    judge_elsewhere(folder, other, draw(manifest), manifest)
    assert main(["calibrate", str(folder), "--on", "call.eval"]) == 1
    assert "Did you mean calls.eval?" in capsys.readouterr().err
    assert main(["calibrate", str(folder), "--set-decision"]) == 1
    assert "--set-decision goes with --on" in capsys.readouterr().err


def test_a_run_trained_elsewhere_is_compared_on_the_same_utterances(make_run, experiment):
    base, away = make_run("base"), make_run("away")
    manifest = experiment.data.manifest("eval")
    score = draw(manifest)
    judge(base, "eval", score, manifest)
    judge_elsewhere(away, experiment.data, score, manifest)
    dev = experiment.data.manifest("dev")
    judge(away, "eval", draw(dev), dev)
    by_split = {c.split: c for c in comparisons([RunRecord.read(f) for f in (base, away)], 20)}
    assert by_split["eval"].problem == ""
    assert by_split["eval"].utterances["eer"].difference == 0


def test_runs_on_different_corpora_are_not_compared_and_both_are_named(make_run, other):
    base, away = make_run("base"), make_run("away")
    manifest = other.manifest("train")
    judge(away, "eval", draw(manifest), manifest)
    compared = comparisons([RunRecord.read(f) for f in (base, away)], 20)
    problem = next(c.problem for c in compared if c.split == "eval")
    assert problem == f"its eval scores are of other utterances (calls instead of {CORPUS})"
