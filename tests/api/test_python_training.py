"""Training from Python. The blocks of docs/python.md, which a test runs, train a detector."""

import pytest

import spoofjax
from spoofjax.errors import ConfigError, RunError


def test_an_experiment_is_checked_like_a_file(tiny_corpus, tmp_path):
    experiment = spoofjax.load_config(tiny_corpus() / "tiny.py").replace(epochs=1.0)
    with pytest.raises(ConfigError, match="not as both"):
        spoofjax.train(experiment, tmp_path / "run")


def test_a_run_is_not_overwritten(run, tiny_corpus):
    with pytest.raises(RunError, match="already holds a run"):
        spoofjax.train(tiny_corpus() / "tiny.py", run)


def test_a_wrong_override_is_an_error_not_the_end_of_python(tiny_corpus, tmp_path, capsys):
    with pytest.raises(ConfigError, match="does not take the overrides --stepz 5"):
        spoofjax.train(tiny_corpus() / "tiny.py", tmp_path, overrides=["--stepz", "5"])
    assert "--steps" in capsys.readouterr().err


@pytest.mark.slow
def test_training_returns_the_run_and_its_numbers(tiny_corpus, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = spoofjax.train(tiny_corpus() / "tiny.py", overrides=["--steps", "40"])
    assert run.folder.parent.name == "runs"
    assert run.folder.name.startswith("tiny-")
    assert sorted(run.metrics) == ["dev", "eval"]
    assert run.metrics["dev"]["eer"] < 0.3
    assert repr(run).startswith(f"<Run {run.folder}: dev EER ")
    assert (run.folder / "report" / "report.md").is_file()
    assert "Finished" in (run.folder / "report" / "live.html").read_text()
