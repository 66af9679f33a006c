"""Every report starts with what a reviewer would say of the run."""

import re
from dataclasses import replace

import numpy as np
import pytest
from drawn_runs import judge, page_of

from spoofjax.report.markdown import summary_lines, write_report
from spoofjax.report.remarks import remarks
from spoofjax.runs.record import RunRecord


@pytest.fixture
def judged_run(make_run, experiment):
    """Makes a run whose dev and eval have 1,440 utterances each, with the given LLRs.

    `judged_run(name, distance, factor)` draws LLRs of an EER that falls with the distance, and
    multiplies those of eval by the factor.
    """

    def make(name, distance=3.0, factor=1.0):
        folder = make_run(name)
        for seed, split in enumerate(("dev", "eval")):
            manifest = experiment.data.manifest(split)
            rows = np.arange(60 * len(manifest)) % len(manifest)
            ids = np.array([f"{split}_{row}" for row in range(len(rows))])
            manifest = replace(manifest.take(rows), ids=ids)
            noise = np.random.default_rng(seed).normal(size=len(rows))
            llr = distance * (distance * (manifest.label - 0.5) + noise)
            judge(folder, split, llr * (factor if split == "eval" else 1), manifest)
        return folder

    return make


def first_lines(folder):
    """Return the first line below the title of report.md, and that of the terminal."""
    markdown = write_report(folder).read_text().split("\n\n")[1].split("\n")[0]
    return markdown, summary_lines(RunRecord.read(folder).metrics).split("\n")[0]


def first_on_page(folder):
    """Return the style and the text of the first line below the title of the page."""
    page = page_of(folder, resamples=0, examples=0)
    shown = re.search(r'<section class="alarms".*?<p class="(\w+)">(.*?)</p>', page, re.DOTALL)
    assert shown is not None
    return shown.groups()


def test_a_good_run_starts_with_no_alarm(judged_run):
    folder = judged_run("good")
    markdown, terminal = first_lines(folder)
    assert markdown.startswith("No alarm: both classes are recognised")
    assert first_on_page(folder)[0] == "calm"
    assert terminal.startswith("dev: EER")


def test_a_run_whose_llrs_mislead_starts_with_an_alarm(judged_run):
    folder = judged_run("loud", 2.0, factor=12.0)
    markdown, terminal = first_lines(folder)
    style, text = first_on_page(folder)
    assert markdown.startswith("> **Alarm on eval.** The log-likelihood ratios mislead: Cllr is ")
    assert style == "alarm"
    assert "The log-likelihood ratios mislead: Cllr is " in text
    assert terminal.startswith("ALARM (eval): The log-likelihood ratios mislead: Cllr is ")


def test_reversed_scores_are_called_reversed_before_they_are_called_collapsed(judged_run):
    folder = judged_run("reversed", 4.0, factor=-1.0)
    markdown, terminal = first_lines(folder)
    assert markdown.startswith("> **Alarm on eval.** Reversed polarity: the AUC is 0.00")
    assert terminal.startswith("ALARM (eval): Reversed polarity")
    later = remarks(RunRecord.read(folder).metrics)[1:]
    assert any("utterances are recognised" in remark.text for remark in later)


def test_a_small_good_run_starts_with_a_note(make_run):
    folder = make_run("small", lift=6.0)
    markdown, terminal = first_lines(folder)
    assert markdown.startswith("> **Note on dev.** Few trials: with ")
    style, text = first_on_page(folder)
    assert style == "remark"
    assert "<b>Note</b>" in text
    assert terminal.startswith("note (dev): Few trials: with ")


def test_alarms_of_all_splits_come_before_notes(judged_run):
    metrics = dict(RunRecord.read(judged_run("ours", 2.0, factor=12.0)).metrics)
    metrics["dev"] = {**metrics["dev"], "intervals": {"eer": {"low": 0.0, "high": 0.3}}}
    metrics["eval"] = {**metrics["eval"], "corpus": "elsewhere"}
    kinds = [(remark.split, remark.is_alarm) for remark in remarks(metrics)]
    assert kinds == [("eval", True), ("dev", False), ("eval", False)]
    assert "Another corpus than dev: elsewhere" in remarks(metrics)[-1].text
