"""A sweep runs trials, goes on after a kill, and says which one is best."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

from spoofjax.cli import main
from spoofjax.config_files import load_config
from spoofjax.runs.folder import RunFolder
from spoofjax.sweeps.results import Outcome, front_of, pareto_front, table


def outcome(number: int, value: float, seconds: float, parameters: int) -> Outcome:
    values = {"model.dropout": value}
    return Outcome(number, "complete", value, seconds, parameters, values, f"trial-{number}")


def test_the_front_holds_what_no_other_trial_beats():
    points = np.array([[1.0, 5.0], [2.0, 4.0], [2.0, 6.0], [3.0, 3.0], [1.0, 5.0]])
    assert pareto_front(points).tolist() == [True, True, False, True, True]


def test_the_table_begins_with_the_best_trial():
    pruned = Outcome(3, "pruned", 0.05, None, None, {}, "trial-3")
    outcomes = [
        outcome(0, 0.3, 10, 500),
        outcome(1, 0.1, 20, 500),
        outcome(2, 0.4, 30, 600),
        pruned,
    ]
    assert [each.number for each in front_of(outcomes)] == [1, 0]
    rows = table(outcomes, "eer").splitlines()[2:]
    assert [row.split("|")[1].strip() for row in rows] == ["1 *", "0 *", "2", "3"]
    assert "| 0.1000 | 20.0 | 500 | 0.1 |" in rows[0]


def test_without_optuna_the_command_names_the_extra(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    arguments = ["cnn2d", "--space", str(tmp_path / "s.json"), "--trials", "1"]
    assert main(["sweep", *arguments, "--out", str(tmp_path / "out")]) == 1
    assert "pip install 'spoofjax[sweep]'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_sweep_goes_on_and_ends_with_a_configuration(tiny_corpus, tmp_path, capsys, monkeypatch):
    optuna = pytest.importorskip("optuna")
    from spoofjax.sweeps.space import read_space
    from spoofjax.sweeps.study import Study

    config, out, space = tiny_corpus() / "tiny.py", tmp_path / "sweep", tmp_path / "space.json"
    space.write_text(json.dumps({"optimizer.learning_rate": {"low": 1e-3, "high": 1e-2}}))
    arguments = ["sweep", str(config), "--space", str(space), "--out", str(out)]
    arguments += ["--model", "MLP", "--steps", "4", "--evaluation.every", "2"]
    assert main([*arguments, "--trials", "1"]) == 0
    # A process that was killed leaves a trial that says it is running, and a lock that is free.
    study = Study(out, None, read_space(space))
    trial, values = study.begin()
    lock = study.lock(trial.number)
    lock.acquire()
    lock.release()
    capsys.readouterr()
    assert main([*arguments, "--trials", "2"]) == 0
    assert f"trial {trial.number} was cut off" in capsys.readouterr().err
    first, again = study.outcomes()
    assert (again.folder, again.values) == ("trial-1", values)
    # A pruner that takes nothing stops the next trial at its first evaluation.
    strict = optuna.pruners.ThresholdPruner(upper=-1.0)
    monkeypatch.setattr(optuna.pruners, "MedianPruner", lambda **_: strict)
    assert main([*arguments, "--trials", "3"]) == 0
    assert [each.state for each in study.outcomes()] == ["complete", "complete", "pruned"]
    # Of trials that are equally good, the faster one is best.
    best = min((first, again), key=lambda each: (each.value, each.seconds))
    rate = load_config(out / "best.py").optimizer.learning_rate
    assert rate == pytest.approx(best.values["optimizer.learning_rate"])
    assert RunFolder(out / best.folder).read_metrics("dev")["eer"] == pytest.approx(best.value)
    assert best.parameters == 24 * 128 + 128 + 128 + 1
    assert (out / "front.png").is_file()
    assert (out / "trials.md").read_text().count("complete") == 2
