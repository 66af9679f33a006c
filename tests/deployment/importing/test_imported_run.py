"""An imported run evaluates, calibrates, reports and exports, or says what it lacks."""

import json

import pytest
from test_import import fake

from spoofjax.cli import main


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of random LCNN weights in the published format."""
    folder = tmp_path_factory.mktemp("imported")
    path = fake("lfcc_lcnn_blstm", folder, shrink)
    out = folder / "run"
    assert main(["import", str(path), "--as", "lfcc_lcnn_blstm", "--out", str(out)]) == 0
    return out


def shrink(tensors):
    """Make random weights small enough for scores that are not saturated."""
    for name, tensor in tensors.items():
        if name.endswith("weight"):
            tensors[name] = (tensor - 0.75) * 0.2


def test_without_a_corpus_commands_say_how_to_name_one(run, capsys):
    assert main(["evaluate", str(run)]) == 1
    assert "Name one with --corpus PATH" in capsys.readouterr().err
    assert main(["calibrate", str(run)]) == 1
    assert f"`spoofjax evaluate {run} --corpus PATH`, then" in capsys.readouterr().err


def test_it_is_reported_as_it_is(run, capsys):
    assert main(["report", str(run)]) == 0
    decision = json.loads((run / "decision.json").read_text())
    assert decision["calibration"] is None
    assert decision["threshold_from"].startswith("nothing: ")
    facts = json.loads((run / "import.json").read_text())
    assert facts["as"] == "lfcc_lcnn_blstm"
    assert facts["parameters"] == 268_961


@pytest.mark.slow
def test_it_evaluates_and_calibrates_on_a_corpus_and_exports(run, tiny_corpus, tmp_path, capsys):
    corpus = tiny_corpus()
    assert main(["evaluate", str(run), "--corpus", str(corpus), "--split", "dev"]) == 0
    assert "dev of asvspoof5" in capsys.readouterr().out
    # Random weights may reverse the scores, which a calibration refuses; both are answers.
    options = ["--on", "asvspoof5.dev", "--set-decision", "--recordings", "2"]
    status = main(["calibrate", str(run), *options])
    output = capsys.readouterr()
    if status == 0:
        assert "dev of asvspoof5" in output.out
        assert json.loads((run / "decision.json").read_text())["calibration"] is not None
    else:
        assert "reverse the order of the scores" in output.err
    assert main(["export", str(run), "--out", str(tmp_path / "export")]) == 0
    assert "checked on 8 clips of noise" in capsys.readouterr().out
