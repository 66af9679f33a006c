"""Reports name the corpus of each result, and show results on other corpora beside the own."""

import numpy as np
import pytest
from drawn_runs import CORPUS, judge, judge_elsewhere, page_of

from spoofjax.corpora import ASVspoof5
from spoofjax.report.markdown import write_report
from spoofjax.report.numbers import comparisons
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
