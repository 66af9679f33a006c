"""Alarms, each with advice: a collapsed model, leakage between splits."""

import numpy as np
import pytest
import started_runs

from spoofjax.config_files import load_config
from spoofjax.corpora.splits import training_splits
from spoofjax.evaluation.collapse import collapse
from spoofjax.runs.folder import RunFolder
from spoofjax.training.alarms import collapse_advice, of_collapse, of_leakage, of_unread
from spoofjax.training.loop import train
from spoofjax.training.optimizers import Adam


@pytest.fixture
def tiny(tiny_corpus):
    return load_config(tiny_corpus() / "tiny.py")


def test_a_sound_corpus_raises_no_alarm(tiny):
    assert of_leakage(training_splits(tiny.data)) == {"train": [], "dev": [], "eval": []}


def test_a_speaker_in_two_splits_is_named(tiny_corpus, tmp_path):
    corpus = tiny_corpus(tmp_path / "corpus")
    protocol = corpus / "ASVspoof5.eval.track_1.tsv"
    protocol.write_text(protocol.read_text().replace("E_0003 ", "T_0003 "))
    alarms = of_leakage(training_splits(load_config(corpus / "tiny.py").data))
    [alarm] = alarms.pop("eval")
    assert alarm.startswith("1 speaker(s) of eval speak in train too (asvspoof5/T_0003).")
    assert "Split by speaker" in alarm
    assert alarms == {"train": [], "dev": []}


def test_a_file_in_two_splits_is_named(tiny):
    manifests = training_splits(tiny.data)
    mixed = {**manifests, "dev": manifests["train"].take([5, 6, 7])}
    files, speakers = of_leakage(mixed)["dev"]
    assert files.startswith("3 file(s) of dev are in train too (")
    assert "T_0000000005.flac" in files
    assert "speak in train too" in speakers


def test_a_collapsed_model_gets_advice():
    reasons = of_collapse(collapse(np.full(100, -3.0), np.arange(100) % 2))
    assert "sampling=Balanced()" in reasons[-1]
    assert of_collapse(collapse(np.arange(100) % 2 * 4.0 - 2, np.arange(100) % 2)) == []


def test_imported_weights_get_no_advice_on_training(tmp_path):
    run = RunFolder(tmp_path)
    advice = collapse_advice(run)
    assert "were imported" in advice
    assert "learning rate" not in advice
    run.metrics.touch()
    assert "learning rate" in collapse_advice(run)


def test_files_left_out_are_named():
    assert "2 utterance(s) could not be read and are left out (a, b)" in of_unread(["a", "b"])[0]
    assert of_unread([]) == []


def test_a_run_shows_its_alarms_at_the_start_and_in_the_report(tiny_corpus, tmp_path, capsys):
    corpus = tiny_corpus(tmp_path / "corpus")
    protocol = corpus / "ASVspoof5.dev.track_1.tsv"
    protocol.write_text(protocol.read_text().replace("D_0001 ", "T_0001 "))
    # At this learning rate the model stays as useless as its random initial weights.
    untrained = load_config(corpus / "tiny.py").replace(
        optimizer=Adam(learning_rate=1e-9), steps=20
    )
    train(untrained, training_splits(untrained.data), tmp_path / "run")
    output = capsys.readouterr().err
    assert output.index("ALARM: 1 speaker(s) of dev speak in train too") < output.index("step 1/20")
    late = [row for row in started_runs.rows(tmp_path / "run") if "alarms" in row][-1]
    report = (tmp_path / "run" / "report" / "report.md").read_text()
    assert "speak in train too" in report
    for alarm in late["alarms"]:
        assert alarm in output
    assert late["alarms"]
    assert late["alarms"][-1] in report
